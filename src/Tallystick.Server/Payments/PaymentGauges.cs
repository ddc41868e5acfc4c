using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>Webhooks that are not worked out, and money that moved at the gateway and is not booked.</summary>
internal sealed class PaymentGauges(Database database, TimeProvider clock)
{
    public async Task<IReadOnlyList<Gauge>> Read(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var marks = (await database.QueryOne<Marks>(
            """
            select (select count(*) from payments.inbound where state = 'received') as waiting,
              (select count(*) from payments.inbound where state = 'failed') as failed,
              (select count(*) from payments.movement where state <> 'booked') as unbooked,
              (select min(failing_since) from payments.sweep) as failing_since
            """,
            null,
            stop))!;
        return
        [
            new("tally_webhooks", marks.Waiting, "state", "received"),
            new("tally_webhooks", marks.Failed, "state", "failed"),
            new("tally_gateway_movements_unbooked", marks.Unbooked),
            new("tally_gateway_silent_seconds", marks.FailingSince is { } since ? (now - since).TotalSeconds : 0),
        ];
    }

    private sealed record Marks(long Waiting, long Failed, long Unbooked, DateTimeOffset? FailingSince);
}
