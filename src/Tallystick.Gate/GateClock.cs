namespace Tallystick.Gate;

/// <summary>
/// The time that licences are judged by. A gate's own clock is used unless it is off from the server's by more than the
/// tolerance: then the server's. The server's goes on, between two answers of the feed, by what never jumps; so a clock of
/// this machine that is set right or wrong meanwhile is noticed by the next request. Before the server was ever heard, its
/// own is all a gate has.
/// </summary>
internal sealed class GateClock(TimeProvider own)
{
    private const long ToleranceMs = 60_000;
    private const long Unheard = long.MinValue;

    // The server's time at the zero of what never jumps: one number, so that no reader meets half of an answer.
    private long _serverAtZeroMs = Unheard;

    /// <summary>How far the server's clock is ahead of ours.</summary>
    public TimeSpan Offset => ServerMs is { } server ? TimeSpan.FromMilliseconds(server - OwnMs) : TimeSpan.Zero;

    public long NowMs
    {
        get
        {
            var now = OwnMs;
            return ServerMs is { } server && server - now is > ToleranceMs or < -ToleranceMs ? server : now;
        }
    }

    /// <summary>Time since some start; never jumps.</summary>
    public long Ticks => own.GetTimestamp();

    public TimeSpan Since(long ticks) => own.GetElapsedTime(ticks);

    public TimeProvider Own => own;

    public void ServerSays(DateTimeOffset serverTime) =>
        Interlocked.Exchange(ref _serverAtZeroMs, serverTime.ToUnixTimeMilliseconds() - SinceZeroMs);

    private long OwnMs => own.GetUtcNow().ToUnixTimeMilliseconds();

    private long SinceZeroMs => own.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMillisecond;

    private long? ServerMs => Interlocked.Read(ref _serverAtZeroMs) is var atZero and not Unheard ? atZero + SinceZeroMs : null;
}
