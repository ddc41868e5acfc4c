using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Moves what was pending at the gateway to available once the gateway says so. One step, one movement.</summary>
internal sealed class SettleBalance(Database database, StripeGateway gateway, Books books, IsolatedRows rows, TimeProvider clock)
{
    public const string Worker = "payments.settle";

    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(10);

    public async Task<bool> Step(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var due = await database.QueryOne<Due>(
            """
            select id, net, currency from payments.balance_transaction
            where settled_at is null and check_at <= @now order by check_at limit 1
            """,
            new { now },
            stop);
        if (due is null || !gateway.IsConfigured)
        {
            return false;
        }

        // Later again, whatever comes of it: one that cannot be settled stands in nobody's way.
        await database.InTransaction(
            tx => tx.Execute(
                "update payments.balance_transaction set check_at = @Again where id = @Id", new { due.Id, Again = now + AgainAfter }),
            stop);
        await rows.Try($"balance-transaction/{due.Id}", () => Settle(due, now, stop), false, stop);
        return true;
    }

    private async Task<bool> Settle(Due due, DateTimeOffset now, CancellationToken stop)
    {
        var outcome = await gateway.Get($"/v1/balance_transactions/{Uri.EscapeDataString(due.Id)}", null, stop);
        if (outcome is not StripeOutcome.Done done || done.Answer.Text("status") != "available")
        {
            return false;
        }

        await database.InTransaction(
            async tx =>
            {
                if (due.Net != 0)
                {
                    await books.Post(tx, PaymentPostings.Settled(due.Id, new Money(due.Net, due.Currency), now));
                }

                await tx.Execute(
                    "update payments.balance_transaction set settled_at = @now where id = @Id", new { due.Id, now });
            },
            stop);
        return true;
    }

    private sealed record Due(string Id, long Net, Currency Currency);
}
