namespace Tallystick.Client.Tests;

/// <summary>A clock on which timers run out so many times sooner: real sockets, and no test waits a minute.</summary>
internal sealed class FastClock(int times = 1_000) : TimeProvider
{
    /// <summary>Pauses that were begun, as long as they were meant.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (Pauses)
        {
            Pauses.Add(dueTime);
        }

        return new Fast(System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period)), Shorter);
    }

    private TimeSpan Shorter(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / times;

    private sealed class Fast(ITimer inner, Func<TimeSpan, TimeSpan> shorter) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(shorter(dueTime), shorter(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
