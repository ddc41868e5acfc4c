namespace Tallystick.Server.Tests.Support;

/// <summary>The real clock, set forward by the test: timers run, and a refund window ends when the test says so.</summary>
public sealed class TestClock : TimeProvider
{
    private long _aheadTicks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _aheadTicks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _aheadTicks));
}
