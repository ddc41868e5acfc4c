using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Catalog.Contracts;

namespace Tallystick.Server.Pages;

/// <summary>One request from the bytes to the payout: events, seal, log entry, charge, shares.</summary>
internal static class RequestPages
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/requests/{id}", Show);

    private static async Task<IResult> Show(
        string id, PageApi api, Works works, Organisations organisations, CancellationToken stop)
    {
        var trace = await api.Read<RequestTrace>("TraceRequest", new { id });
        var first = trace.Events[0]["data"]!;
        var work = WorkId.Parse((string)first["content_id"]!);
        var charges = trace.Seals.Select(s => s.Charge).Concat(trace.Sales.Select(s => s.Charge)).OfType<TracedCharge>();
        var payees = charges.SelectMany(c => c.Shares).Select(s => s.Payee).Distinct().ToList();
        return Page.Of<RequestView>(new
        {
            trace.RequestId,
            Title = (await works.Find(work, stop))?.Title ?? work.ToString(),
            WorkId = work,
            LicenceId = LicenceId.Parse((string)first["license_id"]!),
            Events = (IReadOnlyList<TracedEvent>)[.. trace.Events.Select(TracedEvent.Of)],
            Paths = (IReadOnlyDictionary<string, string>)((await api.Find<WorkDetail>("ShowWork", new { id = work }))?.Files ?? [])
                .ToDictionary(f => f.UnitId.ToString(), f => f.Path, StringComparer.Ordinal),
            Payees = (IReadOnlyDictionary<OrganisationId, string>)(await organisations.FindAll(payees, stop))
                .ToDictionary(o => o.OrganisationId, o => o.Name),
            trace.Seals,
            trace.Sales,
        });
    }

    private sealed record RequestTrace(
        RequestId RequestId, IReadOnlyList<JsonObject> Events, IReadOnlyList<TracedSeal> Seals, IReadOnlyList<TracedSale> Sales);
}

/// <summary>A counted event, from its CloudEvents document.</summary>
public sealed record TracedEvent(string RequestId, DateTimeOffset At, string Meter, long Quantity, string Evidence, string UnitId)
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
            (string)data["unit_id"]!);
    }
}

/// <summary>A seal, its place in the log, and what was charged from it.</summary>
public sealed record TracedSeal(SealId SealId, long? LogIndex, TracedCharge? Charge);

/// <summary>A purchase that paid for all use under its licence.</summary>
public sealed record TracedSale(PurchaseId PurchaseId, Money Price, TracedCharge? Charge);

/// <summary>The statement line that billed it.</summary>
public sealed record TracedCharge(
    BillingRunId BillingRunId, string Meter, long Quantity, Money Gross, Money Fee, int RuleVersion, IReadOnlyList<TracedShare> Shares);

/// <summary>A payee's part.</summary>
public sealed record TracedShare(OrganisationId Payee, Money Amount, Money HeldBack, PayoutId? PayoutId);
