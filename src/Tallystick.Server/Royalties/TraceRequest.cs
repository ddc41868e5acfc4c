using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Royalties.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// From one request forward to the money: its events, their seals, the seals' place in the log, the charge that billed
/// them, its shares and the payouts that pay those. A creator's part of the split is shown to nobody else.
/// </summary>
internal sealed class TraceRequest(
    Database database, MeteredRequests requests, BilledUsage billed, LogReceipts receipts)
{
    public static void Map(WebApplication app) => app
        .MapGet("/v1/requests/{id}/trace", async (
            RequestId id, TraceRequest slice, Caller caller, CancellationToken stop) =>
            (await slice.Handle(id, caller, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.UsageRead)
        .WithName("TraceRequest")
        .WithSummary("What became of one request: events, seals, log entries, charge, shares, payouts.")
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status404NotFound);

    public async Task<Outcome<View>> Handle(RequestId id, Caller caller, CancellationToken stop)
    {
        var events = await requests.Find(id, stop);
        var holders = await Holders([.. events.Select(e => e.LicenceId).Distinct()], stop);
        var mine = events
            .Where(e => caller.IsOperator || (holders.TryGetValue(e.LicenceId, out var h) &&
                (h.Buyer == caller.Organisation || h.Creator == caller.Organisation)))
            .ToList();
        if (mine.Count == 0)
        {
            return Problems.NotFound.With("No usage of this request is known to you.");
        }

        var seals = new List<Sealed>();
        foreach (var (seal, licence) in mine.Where(e => e.SealId is not null)
            .Select(e => (e.SealId!.Value, e.LicenceId)).Distinct())
        {
            var found = await receipts.Find(ReceiptKind.UsageSealed, seal.ToString(), stop);
            var charge = await billed.Find(seal, licence, stop);
            seals.Add(new Sealed(
                seal,
                (found as FoundReceipt.Published)?.Receipt.Proof.Index,
                charge is null || caller.IsOperator
                    ? charge
                    : charge with { Shares = [.. charge.Shares.Where(s => s.Payee == caller.Organisation)] }));
        }

        return new View(id, [.. mine.Select(e => e.Event)], seals);
    }

    private async Task<Dictionary<LicenceId, Holder>> Holders(LicenceId[] licences, CancellationToken stop) =>
        (await database.Query<Holder>(
            "select licence_id, buyer, creator from royalties.licence where licence_id = any(@Licences)",
            new { Licences = licences.Select(l => l.Value).ToArray() },
            stop)).ToDictionary(h => h.LicenceId);

    /// <param name="LogIndex">The seal's entry in the log; null for the moment between seal and publication.</param>
    /// <param name="Charge">The statement line that billed it; null while it is not billed, or not priced by this meter.</param>
    internal sealed record Sealed(SealId SealId, long? LogIndex, BilledCharge? Charge);

    /// <param name="Events">CloudEvents 1.0 documents.</param>
    internal sealed record View(RequestId RequestId, IReadOnlyList<JsonObject> Events, IReadOnlyList<Sealed> Seals);

    private sealed record Holder(LicenceId LicenceId, OrganisationId Buyer, OrganisationId Creator);
}
