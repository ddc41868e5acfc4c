using Microsoft.AspNetCore.Connections;

namespace Tallystick.Hosting.Listening;

/// <summary>A connection and what goes on over it.</summary>
internal sealed class OpenConnection(ConnectionContext context, TimeProvider clock)
{
    private int _requests;
    private long _idleSince = clock.GetTimestamp();
    private int _isLeaving;

    public void Began() => Interlocked.Increment(ref _requests);

    public void Ended()
    {
        Volatile.Write(ref _idleSince, clock.GetTimestamp());
        Interlocked.Decrement(ref _requests);
    }

    /// <summary>No request is under way, and for so long.</summary>
    public bool IsIdleFor(TimeSpan time) =>
        Volatile.Read(ref _requests) == 0 && clock.GetElapsedTime(Volatile.Read(ref _idleSince)) >= time;

    /// <summary>True for the one who is to close it.</summary>
    public bool TryLeave() => Interlocked.Exchange(ref _isLeaving, 1) == 0;

    public bool IsLeaving => Volatile.Read(ref _isLeaving) != 0;

    public void Abort(string why) => context.Abort(new ConnectionAbortedException(why));
}
