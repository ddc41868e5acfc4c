using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Royalties.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Pages;

/// <summary>One request from the bytes to the payout: events, seal, log entry, charge, shares.</summary>
internal static class RequestPages
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/requests/{id}", Show);

    private static async Task<IResult> Show(
        string id, Caller caller, MeteredRequests requests, [AsParameters] Sources sources, CancellationToken stop)
    {
        if (!RequestId.TryParse(id, null, out var request) ||
            await requests.Find(request, stop) is not { Count: > 0 } events ||
            await sources.Licences.Find(events[0].LicenceId, stop) is not { } licence ||
            !(licence.Buyer == caller.Organisation || licence.Creator == caller.Organisation || caller.IsOperator))
        {
            throw new PageRefusedException(Problems.NotFound.With("No usage of this request is known to you."));
        }

        var seals = new List<TracedSeal>();
        foreach (var seal in events.GroupBy(e => e.SealId).Where(g => g.Key is not null))
        {
            var found = await sources.Receipts.Find(ReceiptKind.UsageSealed, seal.Key!.Value.ToString(), stop);
            seals.Add(new TracedSeal(
                seal.Key.Value, (found as FoundReceipt.Published)?.Receipt.Proof.Index,
                await Charge(seal.Key.Value, licence, caller, sources, stop)));
        }

        return Page.Of<RequestView>(new
        {
            RequestId = request,
            Title = (await sources.Works.Find(licence.WorkId, stop))?.Title ?? licence.WorkId.ToString(),
            licence.WorkId,
            licence.LicenceId,
            Events = (IReadOnlyList<TracedEvent>)[.. events.Select(e => TracedEvent.Of(e.Event) with { IsSealed = e.SealId is not null })],
            Seals = (IReadOnlyList<TracedSeal>)seals,
        });
    }

    private static async Task<TracedCharge?> Charge(
        SealId seal, Licensing.Contracts.LicenceView licence, Caller caller, Sources sources, CancellationToken stop)
    {
        if (await sources.Billed.Find(seal, licence.LicenceId, stop) is not { } charge)
        {
            return null;
        }

        // How others share is theirs to know; the buyer sees what was charged.
        var mine = caller.IsOperator ? charge.Shares : [.. charge.Shares.Where(s => s.Payee == caller.Organisation)];
        return new TracedCharge(
            charge.BillingRunId, charge.Meter, charge.Quantity, charge.Gross, charge.Fee, charge.RuleVersion,
            [.. mine.Select(s => new TracedShare(s.Payee, s.Amount, s.HeldBack, s.PayoutId))]);
    }

    internal sealed record Sources(Licences Licences, Works Works, LogReceipts Receipts, BilledUsage Billed);
}

/// <summary>A counted event, from its CloudEvents document.</summary>
public sealed record TracedEvent(string RequestId, DateTimeOffset At, string Meter, long Quantity, string Evidence, string UnitId, bool IsSealed)
{
    public static TracedEvent Of(JsonObject document)
    {
        var data = document["data"]!;
        return new(
            (string)data["request_id"]!,
            DateTimeOffset.Parse((string)document["time"]!, CultureInfo.InvariantCulture),
            (string)data["meter"]!,
            (long)data["quantity"]!,
            (string)data["evidence"]!,
            (string)data["unit_id"]!,
            true);
    }
}

/// <summary>A seal, its place in the log, and what was charged from it.</summary>
public sealed record TracedSeal(SealId SealId, long? LogIndex, TracedCharge? Charge);

/// <summary>The statement line that billed it.</summary>
public sealed record TracedCharge(
    BillingRunId BillingRunId, string Meter, long Quantity, Money Gross, Money Fee, int RuleVersion, IReadOnlyList<TracedShare> Shares);

/// <summary>A payee's part.</summary>
public sealed record TracedShare(OrganisationId Payee, Money Amount, Money HeldBack, PayoutId? PayoutId);
