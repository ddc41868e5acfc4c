using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>A purchase as its buyer sees it.</summary>
internal sealed class ShowPurchase(Checkouts checkouts)
{
    public static void Map(WebApplication app) => app
        .MapGet("/v1/purchases/{id}", async (PurchaseId id, ShowPurchase slice, Caller caller, CancellationToken stop) =>
            (await slice.Handle(id, caller, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsRead)
        .WithName("ShowPurchase")
        .WithSummary("State of a purchase of the caller's.")
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status404NotFound);

    public async Task<Outcome<View>> Handle(PurchaseId id, Caller caller, CancellationToken stop) =>
        await checkouts.Find(id.Value, stop) is { IsPurchase: true } row && row.Buyer == caller.Organisation
            ? View.Of(row)
            : Problems.NotFound.With("No purchase of yours has this id.");

    /// <param name="Status">creating, open, paid, refunding, refunded, expired, refused.</param>
    internal sealed record View(
        PurchaseId PurchaseId, OfferId OfferId, string Status, Money Price, Money Refunded, string? CheckoutUrl,
        DateTimeOffset CreatedAt, DateTimeOffset? PaidAt, DateTimeOffset? RefundUntil)
    {
        public static View Of(CheckoutRow row) => new(
            new PurchaseId(row.Id),
            row.OfferId!.Value,
            row.State != "paid" ? row.State
                : row.Refunded == row.Gross ? "refunded"
                : row.RefundRequestedAt is not null ? "refunding" : "paid",
            row.Price,
            row.Price with { Minor = row.Refunded },
            row.State == "open" ? row.CheckoutUrl : null,
            row.CreatedAt,
            row.PaidAt,
            row.RefundUntil);
    }
}
