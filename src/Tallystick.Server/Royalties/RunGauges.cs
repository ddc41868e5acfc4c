using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>For how long a billing run is under way, and when the last one ended.</summary>
internal sealed class RunGauges(Database database, TimeProvider clock)
{
    public async Task<IReadOnlyList<Gauge>> Read(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var marks = (await database.QueryOne<Marks>(
            """
            select (select min(opened_at) from royalties.run where state <> 'closed') as opened_at,
              (select closed_at from royalties.run where state = 'closed' order by up_to desc limit 1) as closed_at
            """,
            null,
            stop))!;
        return
        [
            new("tally_billing_run_open_seconds", marks.OpenedAt is { } opened ? (now - opened).TotalSeconds : 0),
            new("tally_billing_run_closed_seconds_ago", marks.ClosedAt is { } closed ? (now - closed).TotalSeconds : 0),
        ];
    }

    private sealed record Marks(DateTimeOffset? OpenedAt, DateTimeOffset? ClosedAt);
}
