using System.Text.Json.Nodes;
using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>Usage of one licence and meter in an hour or a day.</summary>
/// <param name="Hour">Its start, UTC.</param>
/// <param name="Quantity">In the meter's smallest unit.</param>
public sealed record UsageRow(
    DateTimeOffset Hour, WorkId WorkId, LicenceId LicenceId, string Meter, long Quantity, long Events);

/// <summary>Usage, newest first.</summary>
/// <param name="NotYetRolledUp">Events that the server has and these totals do not hold yet.</param>
/// <param name="Next">What to pass as <c>after</c> for the next part; null at the end.</param>
public sealed record UsageReport(IReadOnlyList<UsageRow> Usage, long NotYetRolledUp, string? Next = null);

/// <summary>Which usage is asked for; what is null is not asked about.</summary>
/// <param name="By"><c>hour</c> or <c>day</c>.</param>
public sealed record UsageQuestion(
    WorkId? Work = null, LicenceId? Licence = null, DateTimeOffset? From = null, DateTimeOffset? To = null, string By = "hour");

/// <summary>A receipt in a list.</summary>
/// <param name="LogIndex">Its entry in the log; null until it has one.</param>
public sealed record ReceiptEntry(ReceiptId Id, string Kind, string Subject, DateTimeOffset At, long? LogIndex = null);

public sealed partial class TallyClient
{
    /// <summary>Usage of the caller's licences and works, a part.</summary>
    /// <param name="after">The <see cref="UsageReport.Next"/> of the part before; null for the first.</param>
    /// <param name="most">At most so many rows, and never more than two thousand at a time.</param>
    public Task<UsageReport> Usage(UsageQuestion asked, string? after, int most, CancellationToken stop) =>
        Get<UsageReport>(
            "v1/usage" + Query(
                ("work", asked.Work), ("licence", asked.Licence), ("from", asked.From), ("to", asked.To), ("by", asked.By),
                ("limit", Math.Clamp(most, 1, 2_000)), ("after", after)),
            stop);

    /// <summary>Receipts of one request, files for <c>tally verify</c>: one an event.</summary>
    /// <exception cref="TallyProblemException">Not known, or not sealed yet (409).</exception>
    public async Task<IReadOnlyList<JsonObject>> UsageReceipts(RequestId request, CancellationToken stop) =>
        (await Get<UsageReceiptPage>($"v1/usage-receipts/{request}", stop)).Receipts;

    /// <summary>The caller's receipts, newest first.</summary>
    /// <param name="kind"><c>licence_granted</c>, <c>usage_sealed</c>, …; null for all.</param>
    /// <param name="subject">What it is about, such as a licence's id; null for anything.</param>
    public Task<ListPage<ReceiptEntry>> Receipts(string? kind, string? subject, string? after, CancellationToken stop) =>
        Get<ListPage<ReceiptEntry>>(
            "v1/receipts" + Query(("kind", kind), ("subject", subject), ("limit", 200), ("after", after)), stop);

    /// <summary>A receipt with its proof, as a file for <c>tally verify</c>.</summary>
    public Task<JsonObject> Receipt(ReceiptId receipt, CancellationToken stop) =>
        Get<JsonObject>($"v1/receipts/{receipt}", stop);

    /// <summary>The log's newest checkpoint, a signed note (C2SP tlog-checkpoint).</summary>
    public Task<string> LogCheckpoint(CancellationToken stop) => Get<string>("log/checkpoint", stop);

    /// <summary>The log's verifier key (C2SP signed-note). Pin it: who can change it can sign anything.</summary>
    public Task<string> LogKey(CancellationToken stop) => Get<string>("log/key", stop);

    private sealed record UsageReceiptPage(IReadOnlyList<JsonObject> Receipts);
}
