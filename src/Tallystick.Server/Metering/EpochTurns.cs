using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>
/// Whose turn it is at a worker that looks at a number of epochs in one step: those after the ones that had the last turn, then from
/// the beginning. In a fixed order the first hundred, when they always have more, would keep all others waiting for ever.
/// </summary>
internal sealed class EpochTurns
{
    private (Guid Emitter, long Epoch) _last;

    /// <param name="database">Where they stand.</param>
    /// <param name="waits">SQL: the condition of an epoch that has work.</param>
    /// <param name="now">Decides which failed so long ago that they are tried again.</param>
    public async Task<IReadOnlyList<WaitingEpoch>> Next(Database database, string waits, DateTimeOffset now, CancellationToken stop)
    {
        var turn = await database.Query<WaitingEpoch>(
            $"""
            {WaitingEpoch.Select} where {waits} and {WaitingEpoch.Free}
            order by (emitter, epoch) > (@Emitter, @Epoch) desc, emitter, epoch limit {WaitingEpoch.Most}
            """,
            new { Now = now, _last.Emitter, _last.Epoch },
            stop);
        if (turn.Count > 0)
        {
            _last = (turn[^1].Emitter, turn[^1].Epoch);
        }

        return turn;
    }
}
