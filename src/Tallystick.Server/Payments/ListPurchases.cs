using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>What the caller bought once, and what the caller put into the wallet: each a list of its own.</summary>
internal sealed class ListPurchases(Purchases purchases)
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/purchases", async (
                [AsParameters] PageQuery page, ListPurchases slice, Caller caller, CancellationToken stop) =>
                (await slice.Bought(page, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.PaymentsRead)
            .WithName("ListPurchases")
            .WithSummary("The caller's purchases, newest first.")
            .Produces<Page<Purchase>>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        app.MapGet("/v1/wallet/top-ups", async (
                [AsParameters] PageQuery page, ListPurchases slice, Caller caller, CancellationToken stop) =>
                (await slice.PutIn(page, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.PaymentsRead)
            .WithName("ListTopUps")
            .WithSummary("Top-ups of the caller's wallet, newest first.")
            .Produces<Page<StartTopUp.View>>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
    }

    public async Task<Outcome<Page<Purchase>>> Bought(PageQuery page, Caller caller, CancellationToken stop)
    {
        PurchaseId before = default;
        return Refused(page, page.After is null || PurchaseId.TryParse(page.After, null, out before), "Not a purchase id.") is { } refusal
            ? refusal
            : Page<Purchase>.Of(
                [.. (await Read(page, caller, "purchase", before.Value, stop)).Select(c => new Purchase(
                    new(c.Id), c.WorkId, c.Title, c.State, c.Price, c.Refunded, c.CheckoutUrl, c.CreatedAt, c.PaidAt, c.RefundUntil))],
                page.Size,
                p => p.PurchaseId.ToString());
    }

    public async Task<Outcome<Page<StartTopUp.View>>> PutIn(PageQuery page, Caller caller, CancellationToken stop)
    {
        TopUpId before = default;
        return Refused(page, page.After is null || TopUpId.TryParse(page.After, null, out before), "Not a top-up id.") is { } refusal
            ? refusal
            : Page<StartTopUp.View>.Of(
                [.. (await Read(page, caller, "top_up", before.Value, stop)).Select(c => new StartTopUp.View(
                    new(c.Id), c.State, c.Price, c.CheckoutUrl, c.CreatedAt))],
                page.Size,
                t => t.TopUpId.ToString());
    }

    private Task<IReadOnlyList<CheckoutView>> Read(PageQuery page, Caller caller, string kind, Guid before, CancellationToken stop) =>
        purchases.OfBuyer(caller.Organisation, kind, page.After is null ? null : before, page.Size + 1, stop);

    private static Refusal? Refused(PageQuery page, bool isKey, string fault)
    {
        var errors = page.Check(new()).Require(isKey, "after", fault);
        return errors.Any ? errors.ToRefusal() : null;
    }

    /// <param name="Status">creating, open, paid, refunding, refunded, expired, refused.</param>
    internal sealed record Purchase(
        PurchaseId PurchaseId, WorkId? WorkId, string Title, string Status, Money Price, Money Refunded, string? CheckoutUrl,
        DateTimeOffset CreatedAt, DateTimeOffset? PaidAt, DateTimeOffset? RefundUntil);
}
