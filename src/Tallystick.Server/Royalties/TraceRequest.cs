using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
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
/// them or the sale that paid for all of them, its shares and the payouts that pay those. Shown to the buyer, to the
/// work's creator and to every payee of the rule that shares it; a payee's part of the split is shown to nobody else.
/// </summary>
internal sealed class TraceRequest(
    Database database, MeteredRequests requests, BilledUsage billed, LogReceipts receipts, TraceReaders readers)
{
    public static void Map(WebApplication app) => app
        .MapGet("/v1/requests/{id}/trace", async (
            RequestId id, TraceRequest slice, Caller caller, CancellationToken stop) =>
            (await slice.Handle(id, caller, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.UsageRead)
        .WithName("TraceRequest")
        .WithSummary("What became of one request: events, seals, log entries, charge or sale, shares, payouts.")
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status404NotFound);

    public async Task<Outcome<View>> Handle(RequestId id, Caller caller, CancellationToken stop)
    {
        var events = await requests.Find(id, stop);
        var licences = await Licences([.. events.Select(e => e.LicenceId).Distinct()], stop);
        var seals = new List<Sealed>();
        var works = licences.ToDictionary(l => l.LicenceId, l => l.WorkId);
        var versions = await database.InTransaction(
            tx => EffectiveRules.VersionsAt(tx, [.. events.Where(e => works.ContainsKey(e.LicenceId)).Select(e => (works[e.LicenceId], At(e)))]),
            stop);
        foreach (var (seal, licence, version) in events.Where(e => e.SealId is not null && works.ContainsKey(e.LicenceId))
            .Select(e => (e.SealId!.Value, e.LicenceId, versions[(works[e.LicenceId], At(e))])).Distinct())
        {
            var found = await receipts.Find(ReceiptKind.UsageSealed, seal.ToString(), stop);
            var place = (found as FoundReceipt.Published)?.Receipt.Proof.Index;
            var lines = await billed.Find(seal, licence, version, stop);
            seals.AddRange(lines.Select(c => new Sealed(seal, licence, place, c)).DefaultIfEmpty(new Sealed(seal, licence, place, null)));
        }

        var sales = new List<Sale>();
        foreach (var licence in licences.Where(l => l.PurchaseId is not null))
        {
            sales.Add(new Sale(
                licence.PurchaseId!.Value, licence.LicenceId, new Money(licence.PriceMinor, licence.Currency),
                await billed.Find(licence.PurchaseId.Value, licence.LicenceId, stop)));
        }

        var charges = seals.Select(s => s.Charge).Concat(sales.Select(s => s.Charge)).OfType<BilledCharge>().ToLookup(c => c.LicenceId);
        var mine = (await readers.Of(licences, events.ToLookup(e => e.LicenceId, At), charges, caller, stop)).ToHashSet();
        return mine.Count == 0
            ? Problems.NotFound.With("No usage of this request is known to you.")
            : new View(
                id,
                [.. events.Where(e => mine.Contains(e.LicenceId)).Select(e => e.Event)],
                [.. seals.Where(s => mine.Contains(s.LicenceId)).Select(s => s with { Charge = Own(s.Charge, caller) })],
                [.. sales.Where(s => mine.Contains(s.LicenceId)).Select(s => s with { Charge = Own(s.Charge, caller) })]);
    }

    /// <summary>When it happened: by the rule of that moment it is shared.</summary>
    internal static DateTimeOffset At(MeteredEvent metered) =>
        DateTimeOffset.Parse(metered.Event["time"]!.ToString(), CultureInfo.InvariantCulture);

    private static BilledCharge? Own(BilledCharge? charge, Caller caller) => charge is null || caller.IsOperator
        ? charge
        : charge with { Shares = [.. charge.Shares.Where(s => s.Payee == caller.Organisation)] };

    private Task<IReadOnlyList<TracedLicence>> Licences(LicenceId[] licences, CancellationToken stop) =>
        database.Query<TracedLicence>(
            """
            select licence_id, work_id, buyer, creator, purchase_id, price_minor, currency from royalties.licence
            where licence_id = any(@Licences)
            """,
            new { Licences = licences.Select(l => l.Value).ToArray() },
            stop);

    /// <param name="LogIndex">The seal's entry in the log; null for the moment between seal and publication.</param>
    /// <param name="Charge">
    /// A statement line that billed it; null while it is not billed, or not priced by this meter. What the wallet lacked at first
    /// is another line of the same seal.
    /// </param>
    internal sealed record Sealed(SealId SealId, LicenceId LicenceId, long? LogIndex, BilledCharge? Charge);

    /// <summary>A one-off price, which paid for all use under its licence.</summary>
    /// <param name="Charge">How what was left of it after refunds was shared; null until the refund window has ended.</param>
    internal sealed record Sale(PurchaseId PurchaseId, LicenceId LicenceId, Money Price, BilledCharge? Charge);

    /// <param name="Events">CloudEvents 1.0 documents.</param>
    internal sealed record View(
        RequestId RequestId, IReadOnlyList<JsonObject> Events, IReadOnlyList<Sealed> Seals, IReadOnlyList<Sale> Sales);
}

/// <summary>What a trace must know of a licence.</summary>
internal sealed record TracedLicence(
    LicenceId LicenceId, WorkId WorkId, OrganisationId Buyer, OrganisationId Creator, PurchaseId? PurchaseId,
    long PriceMinor, Currency Currency);
