using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Asks for disputes that were told of once: a bank decides weeks later, events are kept for thirty days, and losing moves no money
/// that would tell. A decision can still be changed. One step, one dispute.
/// </summary>
internal sealed class SweepDisputes(
    Database database, StripeGateway gateway, SyncDispute disputes, IsolatedRows rows, TimeProvider clock)
{
    public const string Worker = "payments.disputes";

    private static readonly TimeSpan OpenAgain = TimeSpan.FromHours(1);
    private static readonly TimeSpan DecidedAgain = TimeSpan.FromDays(1);

    /// <summary>No bank changes its mind later than that.</summary>
    private static readonly TimeSpan DecidedFor = TimeSpan.FromDays(180);

    public async Task<bool> Step(CancellationToken stop)
    {
        if (!gateway.IsConfigured)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        var due = await database.QueryOne<Due>(
            """
            select id, state from payments.dispute
            where check_at <= @now and (state in ('open', 'warning') or updated_at > @Since)
            order by check_at limit 1
            """,
            new { now, Since = now - DecidedFor },
            stop);
        if (due is null)
        {
            return false;
        }

        await database.InTransaction(
            tx => tx.Execute(
                "update payments.dispute set check_at = @Again where id = @Id",
                new { due.Id, Again = now + (due.State is "open" or "warning" ? OpenAgain : DecidedAgain) }),
            stop);
        await rows.Try($"dispute/{due.Id}", () => disputes.ById(due.Id, stop), SyncResult.NotYet("working on it broke"), stop);
        return true;
    }

    private sealed record Due(string Id, string State);
}
