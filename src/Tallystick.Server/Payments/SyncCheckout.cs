using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Brings a checkout to what the gateway says now. Called for a webhook, by the sweep, by a person: whoever comes first
/// does it, the others find it done. The order in which events arrive tells nothing, so no event's content is believed.
/// </summary>
internal sealed class SyncCheckout(
    Database database, StripeGateway gateway, Books books, BuyerDebts debts, UnmatchedPayments unmatched, Outbox outbox,
    TimeProvider clock)
{
    /// <summary>By the gateway's id of the session.</summary>
    public async Task<SyncResult> BySession(string session, CancellationToken stop)
    {
        var outcome = await gateway.Get(
            $"/v1/checkout/sessions/{Uri.EscapeDataString(session)}",
            new StripeForm().Add("expand[0]", "payment_intent.latest_charge.balance_transaction"),
            stop);
        return outcome switch
        {
            StripeOutcome.Done done => await Apply(done.Answer, stop),
            var other => SyncResult.Unread(other, "session"),
        };
    }

    private Task<SyncResult> Apply(StripeObject session, CancellationToken stop)
    {
        if (session.Text("status") == "expired")
        {
            return Expire(session, stop);
        }

        if (session.Text("status") != "complete" || session.Text("payment_status") != "paid")
        {
            return Task.FromResult(SyncResult.Ignored($"session {session.Text("status")}, {session.Text("payment_status")}"));
        }

        var charge = session.Object("payment_intent")?.Object("latest_charge");
        // The gateway makes the movement a moment after the charge: without it the fee is not known.
        return charge?.Object("balance_transaction") is { } movement
            ? Pay(session, charge.Value, movement, stop)
            : Task.FromResult(SyncResult.NotYet("the charge has no balance transaction yet"));
    }

    private Task<SyncResult> Expire(StripeObject session, CancellationToken stop) => database.InTransaction(
        async tx => await tx.Execute(
            "update payments.checkout set state = 'expired' where session_id = @Id and state in ('creating', 'open')",
            new { session.Id }) == 1
            ? SyncResult.Done("expired")
            : SyncResult.Ignored("not open here"),
        stop);

    /// <summary>1 Lock it. 2 Compare with what was asked for. 3 Write down what was paid. 4 Post. 5 Tell.</summary>
    private Task<SyncResult> Pay(
        StripeObject session, StripeObject charge, StripeObject movement, CancellationToken stop) =>
        database.InTransaction(
            async tx =>
            {
                // 1. By our own name for it: a crash may have hidden the session's id from us.
                var row = await Lock(tx, session);
                if (row is null)
                {
                    return SyncResult.Ignored("not a checkout of ours");
                }

                if (row.State == "paid")
                {
                    return SyncResult.Ignored("already paid");
                }

                // 2
                if (session.Amount("amount_total") != row.Price || charge.Amount("amount") != row.Price)
                {
                    return await unmatched.Take(tx, row, charge, movement);
                }

                // The gateway tells whole seconds, rules begin within them: nothing is paid before its checkout was opened here.
                var told = charge.Time("created");
                var at = told < row.CreatedAt ? row.CreatedAt : told;
                var settled = await FxConversions.Settled(tx, row.Id, movement, row.Price);
                var fee = settled with { Minor = movement.Long("fee") };
                await Record(tx, row, session, charge, InPaidCurrency(row, settled, fee), at); // 3
                var (_, available) = await GatewayMovements.Keep(tx, movement, clock.GetUtcNow());
                await Post(tx, row, settled, fee, available, at); // 4, 5
                CrashPoint.Reach("purchase.paid_before_commit");
                return SyncResult.Done("paid");
            },
            stop);

    /// <summary>The gateway's fee as a part of what was paid: what a buyer bears who takes unused money back.</summary>
    private static Money InPaidCurrency(CheckoutRow row, Money settled, Money fee) => settled.Minor == 0
        ? row.Price with { Minor = 0 }
        : row.Price with { Minor = new ExactAmount(checked((Int128)fee.Minor * row.Gross), settled.Minor).RoundHalfEven().Minor };

    private static Task<CheckoutRow?> Lock(Tx tx, StripeObject session)
    {
        var name = session.Text("client_reference_id");
        var id = PurchaseId.TryParse(name, null, out var purchase) ? purchase.Value
            : TopUpId.TryParse(name, null, out var topUp) ? topUp.Value : Guid.Empty;
        return tx.QueryOne<CheckoutRow>(
            $"""
            select {CheckoutRow.Columns} from payments.checkout
            where id = @id and (session_id is null or session_id = @Session) for update
            """,
            new { id, Session = session.Id });
    }

    private static Task Record(
        Tx tx, CheckoutRow row, StripeObject session, StripeObject charge, Money fee, DateTimeOffset at) => tx.Execute(
        """
        update payments.checkout set state = 'paid', session_id = @Session, payment_intent = @Intent, charge = @Charge,
          fee = @Fee, paid_at = @At, refund_until = @Until
        where id = @Id
        """,
        new
        {
            row.Id,
            Session = session.Id,
            Intent = session.Reference("payment_intent"),
            Charge = charge.Id,
            Fee = fee.Minor,
            At = at,
            Until = at.AddDays(row.RefundDays),
        });

    private async Task Post(Tx tx, CheckoutRow row, Money settled, Money fee, bool available, DateTimeOffset at)
    {
        if (row.IsPurchase)
        {
            var id = new PurchaseId(row.Id);
            await books.Post(tx, PaymentPostings.PurchasePaid(id, row.Price, fee, available, at, settled));
            await outbox.Publish(tx, new PurchasePaid(id, row.Buyer, row.OfferId!.Value, row.Price, fee));
        }
        else
        {
            var id = new TopUpId(row.Id);
            await books.Post(tx, PaymentPostings.ToppedUp(id, row.Buyer, row.Price, fee, available, at, settled));
            // What the buyer owes first, in this very transaction: nobody can use the money before.
            await debts.Settle(tx, row.Buyer, row.Currency);
            await outbox.Publish(tx, new WalletToppedUp(id, row.Buyer, row.Price));
        }
    }
}

/// <summary>What became of bringing something to the gateway's state.</summary>
/// <param name="State">processed, ignored, failed, or received: look again later.</param>
/// <param name="Text">For the operator.</param>
internal sealed record SyncResult(string State, string Text)
{
    public bool IsFinal => State != "received";

    public bool IsFailed => State == "failed";

    public static SyncResult Done(string text) => new("processed", text);

    public static SyncResult Ignored(string text) => new("ignored", text);

    public static SyncResult Failed(string text) => new("failed", text);

    public static SyncResult NotYet(string text) => new("received", text);

    /// <summary>What a question that brought no object says: only "there is none" is an answer.</summary>
    public static SyncResult Unread(StripeOutcome outcome, string what) => outcome switch
    {
        StripeOutcome.Refused { IsAbsent: true } refused => Ignored($"the gateway knows no such {what}: {refused.Code}"),
        StripeOutcome.Refused refused => NotYet($"the gateway refuses to tell of this {what}: {refused.Status} {refused.Code}"),
        _ => NotYet("the gateway could not be asked"),
    };
}
