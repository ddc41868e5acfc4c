using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>
/// Whether we have looked at everything that the gateway had made by some moment. Who shares a price or sends money asks first: a
/// dispute that no webhook told of would otherwise be paid out. A gateway that cannot be asked delays that for a bounded time,
/// after which the operator has been told and everything goes on.
/// </summary>
internal sealed class GatewayFreshness(
    Database database, StripeGateway gateway, WakeUps wakeUps, PaymentsOptions options, TimeProvider clock)
{
    /// <summary>Name of the worker that looks.</summary>
    public const string Sweeper = "payments.gateway_sweep";

    /// <summary>
    /// Null when there is nothing to wait for; else what for, and the looking has been set going. Looked at means: read, and what
    /// was found has been worked on once.
    /// </summary>
    public async Task<string?> WaitsFor(DateTimeOffset moment, CancellationToken stop)
    {
        if (!gateway.IsConfigured)
        {
            return null;
        }

        var marks = (await database.QueryOne<Marks>(
            """
            select min(coalesce(covered_to, 'epoch')) as covered_to, min(failing_since) as failing_since,
              exists (select 1 from payments.inbound where state = 'received' and attempts = 0
                and (source = 'sweep' or received_at <= @moment)) or
              exists (select 1 from payments.movement where state = 'new' and attempts = 0) as is_behind
            from payments.sweep
            """,
            new { moment },
            stop))!;
        if (marks.CoveredTo >= moment && !marks.IsBehind)
        {
            return null;
        }

        if (marks.FailingSince is { } since && clock.GetUtcNow() - since > TimeSpan.FromMinutes(options.SweepPatienceMinutes))
        {
            return null;
        }

        await database.InTransaction(
            tx => tx.Execute(
                """
                update payments.sweep set due_at = @Now
                where failures = 0 and due_at > @Now and coalesce(covered_to, '-infinity') < @moment
                """,
                new { Now = clock.GetUtcNow(), moment }),
            stop);
        wakeUps.Wake(Sweeper);
        return $"the gateway to be looked through up to {moment:u}";
    }

    private sealed record Marks(DateTimeOffset CoveredTo, DateTimeOffset? FailingSince, bool IsBehind);
}
