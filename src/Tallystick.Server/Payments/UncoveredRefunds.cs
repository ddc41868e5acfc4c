using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// A refund of a purchase that nothing held for it covers: it was made in the gateway's own dashboard after the sale had been shared.
/// It stands in suspense until the operator, who made it, has said who bears it. One of a top-up reaches the shares that it paid for
/// as if a bank had taken it: a stolen card that the operator hears of first must not be worth more to an accomplice.
/// </summary>
internal sealed class UncoveredRefunds(Books books, SharedSales shared, SetAsides setAsides, TimeProvider clock)
{
    public static readonly SetAsideKind Kind = new(
        "payments.refund_uncovered",
        "A purchase was refunded in the gateway's dashboard after it had been shared.",
        "The buyer has the money, and so have those who got a share. Say who bears it: they, out of what is held back of them and then "
        + "as a debt that later earnings settle, each as far as they have anything of this sale, and your fee of it; or you alone. Until "
        + "then it lies in suspense. This ends by itself when the bank sends the refund back.",
        [
            new("creators_bear", "Those who got a share bear it", (services, tx, row, _) =>
                services.GetRequiredService<UncoveredRefunds>().Bear(tx, row, byOperator: false)),
            new("operator_bears", "The operator bears it", (services, tx, row, _) =>
                services.GetRequiredService<UncoveredRefunds>().Bear(tx, row, byOperator: true)),
        ]);

    public Task Put(Tx tx, CheckoutRow row, StripeObject refund, Money uncovered) => row.IsPurchase
        ? setAsides.Put(
            tx, Kind.Name, refund.Id, $"{uncovered} of {row.Name} were refunded and had been shared.",
            new() { ["purchase"] = row.Name, ["refund"] = refund.Id, ["uncovered"] = uncovered.ToString() })
        : shared.Reach(tx, Lost(row, refund, uncovered.Minor));

    /// <summary>The bank sent it back: whoever bore it gets it again, and nobody has to decide any more.</summary>
    public async Task CameBack(Tx tx, CheckoutRow row, StripeObject refund)
    {
        if (!row.IsPurchase)
        {
            await shared.LetGo(tx, Lost(row, refund, 0));
            return;
        }

        var reference = UncoveredRefund.ReferenceOf(refund.Id);
        var mirror = await books.Undo(tx, reference, RefundPostings.RefundBorneUndone, clock.GetUtcNow());
        await shared.PutRight(tx, mirror.Select(l => l.Account), row.Currency, $"{reference}/undone");
        await setAsides.Resolve(tx, Kind.Name, refund.Id, "the bank sent the refund back");
    }

    private static LostTopUp Lost(CheckoutRow row, StripeObject refund, long minor) =>
        new(row.Id, row.Buyer, row.Currency, minor, refund.Id, IsRefund: true);

    private async Task<Refusal?> Bear(Tx tx, SetAsideRow aside, bool byOperator)
    {
        if (await Waiting(tx, aside.Subject) is not { } refund)
        {
            return Problems.Conflict.With("Nothing of this refund lies in suspense any more.");
        }

        if (byOperator)
        {
            await books.Post(tx, RefundPostings.RefundBorneByOperator(
                refund.Reference, new Money(refund.Minor, refund.Currency), clock.GetUtcNow()));
            return null;
        }

        return await shared.Bear(tx, refund)
            ? null
            : Problems.Conflict.With("Nobody has anything of this sale any more: only the operator can bear it.");
    }

    /// <summary>The purchase is locked: whatever else is decided about it waits.</summary>
    private static async Task<UncoveredRefund?> Waiting(Tx tx, string refund)
    {
        var known = await tx.QueryOne<Known>(
            """
            select c.id as checkout_id, c.currency from payments.refund r join payments.checkout c on c.id = r.checkout_id
            where r.id = @refund and r.returned_at is null for update of c
            """,
            new { refund });
        var lies = (await PostedEntries.Lines(tx, $"refund/{refund}"))
            .Where(l => l.Account.Kind == AccountKind.Suspense).Sum(l => l.Amount.Minor);
        return known is not null && lies > 0 && (await PostedEntries.Lines(tx, UncoveredRefund.ReferenceOf(refund))).Count == 0
            ? new UncoveredRefund(refund, new PurchaseId(known.CheckoutId), known.Currency, lies)
            : null;
    }

    private sealed record Known(Guid CheckoutId, Currency Currency);
}
