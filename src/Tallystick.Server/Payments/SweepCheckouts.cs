using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Looks after checkouts and refunds of which no webhook has spoken: it may have been lost, and a payment that was made
/// must be found without it. One step, one row.
/// </summary>
internal sealed class SweepCheckouts(
    Database database, StripeGateway gateway, SyncCheckout checkouts, RefundPurchase refunds, IsolatedRows rows,
    PaymentsOptions options, TimeProvider clock)
{
    public const string Worker = "payments.sweep";

    /// <summary>A session lives for a day: a row without one is then nothing that anybody could still pay.</summary>
    private static readonly TimeSpan SessionLife = TimeSpan.FromHours(25);

    public async Task<bool> Step(CancellationToken stop)
    {
        if (!gateway.IsConfigured)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        var row = await database.QueryOne<CheckoutRow>(
            $"""
            select {CheckoutRow.Columns} from payments.checkout
            where (state in ('creating', 'open') or refund_requested_at is not null) and check_at <= @now
            order by check_at limit 1
            """,
            new { now },
            stop);
        if (row is null)
        {
            return false;
        }

        var result = await rows.Try(
            $"checkout/{row.Name}",
            async () => row switch
            {
                { State: "paid" } => await refunds.Send(row, stop),
                { SessionId: { } session } => await checkouts.BySession(session, stop),
                _ => SyncResult.Ignored("no session"),
            },
            SyncResult.NotYet("working on it broke"),
            stop);
        await database.InTransaction(
            tx => tx.Execute(
                """
                update payments.checkout set check_at = @Again,
                  state = case when session_id is null and created_at < @Dead and state = 'creating' then 'expired' else state end
                where id = @Id
                """,
                new
                {
                    row.Id,
                    // Older ones less often: a session that was left lies open for a day.
                    Again = now.AddSeconds(options.SweepAfterSeconds) + ((now - row.CreatedAt) / 8),
                    Dead = now - SessionLife,
                }),
            stop);
        return result.IsFinal;
    }
}
