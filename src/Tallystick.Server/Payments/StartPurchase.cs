using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>Buys an offer whose price is paid once. Offers that are metered are paid from the wallet as they are used.</summary>
internal sealed class StartPurchase(Checkouts checkouts, Offers offers, FoundationOptions server, IdSource ids)
{
    public static void Map(WebApplication app) => app
        .MapPost("/v1/purchases", async (
            Request body, StartPurchase slice, Caller caller, HttpRequest http, CancellationToken stop) =>
            (await slice.Handle(body, caller, http, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .Spends(BudgetKind.Checkouts)
        .WithName("StartPurchase")
        .WithSummary("Opens a checkout for an offer that is paid once.")
        .NeedsIdempotencyKey()
        .Produces<ShowPurchase.View>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    public async Task<Outcome<ShowPurchase.View>> Handle(
        Request body, Caller caller, HttpRequest http, CancellationToken stop)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        IdempotencyKey.Read(http, errors, out var key);
        var success = PaymentInput.Url("success_url", body.SuccessUrl, "/purchases", server, errors);
        var cancel = PaymentInput.Url("cancel_url", body.CancelUrl, "/purchases", server, errors);
        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        if (await offers.Find(body.OfferId, stop) is not { } offer)
        {
            return Problems.NotFound.With("No offer has this id.");
        }

        if (Refuse(offer) is { } why)
        {
            return PaymentsProblems.OfferNotOnSale.With(why);
        }

        var opened = await checkouts.Open(
            new WantedCheckout(
                ids.New<PurchaseId>().Value, "purchase", caller.Organisation, key!, offer.OfferId, offer.WorkId,
                offer.Creator, offer.Title, offer.Price.Amount, offer.Terms.RefundDays, success, cancel),
            stop);
        return opened.Succeeded(out var row, out var refusal) ? ShowPurchase.View.Of(row) : refusal;
    }

    private static string? Refuse(OfferView offer) => offer switch
    {
        { OnSale: false } => "It was withdrawn.",
        { Price.IsOneOff: false } => "Its price is metered: take a licence for it and top up the wallet.",
        { Price.Amount.Minor: 0 } => "It is free: take a licence for it, nothing is to be paid.",
        // An offer made before its currency's limits were known here.
        _ => CardLimits.Fault(offer.Price.Amount),
    };

    internal sealed record Request(OfferId OfferId, string? SuccessUrl = null, string? CancelUrl = null);
}
