using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>How far counting is behind what was acknowledged.</summary>
internal sealed class MeteringGauges(MeteringProgress progress, TimeProvider clock)
{
    public async Task<IReadOnlyList<Gauge>> Read(CancellationToken stop)
    {
        var marks = await progress.Marks(stop);
        return
        [
            new("tally_usage_not_rolled_up", marks.Acknowledged - marks.RolledUp),
            new("tally_usage_not_sealed", marks.Acknowledged - marks.Sealed),
            new("tally_usage_unbilled_oldest_seconds", marks.OldestUnbilled is { } oldest ? (clock.GetUtcNow() - oldest).TotalSeconds : 0),
        ];
    }
}
