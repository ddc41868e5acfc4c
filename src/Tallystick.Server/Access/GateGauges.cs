using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>How each gate is, as far as it tells: a gate that ended tells nothing, and that is told here.</summary>
internal sealed class GateGauges(KnownGates gates, TimeProvider clock)
{
    public async Task<IReadOnlyList<Gauge>> Read(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        return
        [
            .. (await gates.All(stop)).SelectMany(g => new Gauge[]
            {
                new("tally_known_gate_silent_seconds", g.StateAt is { } at ? Math.Max(0, (now - at).TotalSeconds) : 0, "gate", g.Name),
                new("tally_known_gate_not_ready", g.Reasons.Length > 0 ? 1 : 0, "gate", g.Name),
                new("tally_known_gate_feed_behind", g.FeedBehind, "gate", g.Name),
                new("tally_known_gate_events_waiting", g.EventsWaiting, "gate", g.Name),
                new("tally_known_gate_events_set_aside", g.EventsSetAside, "gate", g.Name),
            }),
        ];
    }
}
