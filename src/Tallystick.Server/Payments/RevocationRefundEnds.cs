using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>How the refund of a revoked licence ends when the gateway does not make it.</summary>
internal sealed class RevocationRefundEnds(Books books, SharedSales shared, TimeProvider clock)
{
    /// <summary>
    /// The buyer has the money by another way, their bank's or the dashboard's: whoever was to bear it gets it back. Else it goes
    /// into the buyer's wallet: it is theirs, whatever has become of their card.
    /// </summary>
    public async Task Refused(Tx tx, CheckoutRow row, bool buyerHasIt)
    {
        if (row.RefundAmount is not { } minor)
        {
            return;
        }

        var (purchase, now) = (new PurchaseId(row.Id), clock.GetUtcNow());
        if (buyerHasIt)
        {
            var reference = RefundPostings.RevocationReference(purchase);
            var mirror = await books.Undo(tx, reference, RefundPostings.RevocationRefundUndone, now);
            await shared.PutRight(tx, mirror.Select(l => l.Account), row.Currency, $"{reference}/undone");
        }
        else
        {
            await books.Post(tx, RefundPostings.RevocationRefundToWallet(
                purchase, row.Buyer, new Money(minor, row.Currency), now));
        }
    }

    /// <summary>A bank has given the buyer so much of it, from what was set aside: what is left of that is the buyer's wallet's.</summary>
    public async Task Lost(Tx tx, CheckoutRow row, string loss, long given)
    {
        if (row.RefundAmount is not { } minor)
        {
            return;
        }

        if (minor > given)
        {
            await books.Post(tx, RefundPostings.RevocationRefundToWallet(
                new PurchaseId(row.Id), row.Buyer, new Money(minor - given, row.Currency), clock.GetUtcNow(), $"/{loss}"));
        }

        await tx.Execute(
            "update payments.checkout set refund_requested_at = null, refund_amount = null where id = @Id", new { row.Id });
    }

    /// <summary>The bank decided otherwise after all: so much is set aside again, and is sent.</summary>
    public async Task LostUndone(Tx tx, CheckoutRow row, long minor)
    {
        if (minor > 0)
        {
            await tx.Execute(
                "update payments.checkout set refund_requested_at = @now, refund_amount = @minor, check_at = @now where id = @Id",
                new { row.Id, minor, now = clock.GetUtcNow() });
        }
    }
}
