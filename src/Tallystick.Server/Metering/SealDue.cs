using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>Seals what was looked at, once there is enough of it or it has waited long enough.</summary>
internal sealed class SealDue(
    Database database, SealUsage seals, EpochSteps epochs, MeteringOptions options, TimeProvider clock)
{
    public const string Worker = "usage-seal";

    private readonly EpochTurns _turns = new();
    private readonly Dictionary<(Guid Emitter, long Epoch), long> _waitingSince = [];

    public async Task<bool> Step(CancellationToken stop)
    {
        var waiting = await _turns.Next(database, "sealed_seq < rolled_seq", clock.GetUtcNow(), stop);
        var more = false;
        foreach (var one in waiting.Where(IsDue))
        {
            more |= await epochs.Try(
                one,
                async () =>
                {
                    await seals.Next(one, stop);
                    return true;
                },
                stop);
            _waitingSince.Remove((one.Emitter, one.Epoch));
        }

        return more;
    }

    /// <summary>Enough events, or waited for long enough since this process first saw them wait.</summary>
    private bool IsDue(WaitingEpoch one)
    {
        if (one.RolledSeq - one.SealedSeq >= options.SealEvents)
        {
            return true;
        }

        var since = _waitingSince.TryAdd((one.Emitter, one.Epoch), clock.GetTimestamp())
            ? TimeSpan.Zero
            : clock.GetElapsedTime(_waitingSince[(one.Emitter, one.Epoch)]);
        return since >= options.SealAfter;
    }
}
