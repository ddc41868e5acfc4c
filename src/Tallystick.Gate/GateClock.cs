namespace Tallystick.Gate;

/// <summary>
/// The time that licences are judged by. A gate's own clock is used unless it is off from the server's, as the feed shows
/// it, by more than the tolerance: then the server's. Before the server was ever heard, its own is all a gate has.
/// </summary>
internal sealed class GateClock(TimeProvider own)
{
    private const long ToleranceMs = 60_000;
    private long _offsetMs;

    /// <summary>How far the server's clock is ahead of ours.</summary>
    public TimeSpan Offset => TimeSpan.FromMilliseconds(Interlocked.Read(ref _offsetMs));

    public long NowMs
    {
        get
        {
            var offset = Interlocked.Read(ref _offsetMs);
            var now = own.GetUtcNow().ToUnixTimeMilliseconds();
            return offset is > ToleranceMs or < -ToleranceMs ? now + offset : now;
        }
    }

    /// <summary>Time since some start; never jumps.</summary>
    public long Ticks => own.GetTimestamp();

    public TimeSpan Since(long ticks) => own.GetElapsedTime(ticks);

    public TimeProvider Own => own;

    public void ServerSays(DateTimeOffset serverTime) =>
        Interlocked.Exchange(ref _offsetMs, (long)(serverTime - own.GetUtcNow()).TotalMilliseconds);
}
