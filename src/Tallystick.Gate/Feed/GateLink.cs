using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Feed;

/// <summary>How this gate stands to its server.</summary>
internal sealed class GateLink
{
    private readonly GateClock _clock;
    private readonly long _cutOffTicksMost;
    private long _heardAt;
    private long _position;
    private long _head;
    private int _connected;
    private int _hasEpoch;

    public GateLink(GateClock clock, GateOptions options, LocalLog log)
    {
        _clock = clock;
        _heardAt = clock.Ticks;
        _cutOffTicksMost = TimeSpan.FromSeconds(options.CutOffSeconds).Ticks;
        lock (log.Sync)
        {
            _hasEpoch = log.State.Epoch > 0 ? 1 : 0;
        }
    }

    /// <summary>The last poll was answered.</summary>
    public bool IsConnected => Volatile.Read(ref _connected) == 1;

    public bool HasEpoch
    {
        get => Volatile.Read(ref _hasEpoch) == 1;
        set => Volatile.Write(ref _hasEpoch, value ? 1 : 0);
    }

    /// <summary>Number of the newest entry that was applied.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>Entries the server has and we do not.</summary>
    public long Lag => Math.Max(0, Volatile.Read(ref _head) - Position);

    /// <summary>Since the server last answered; since the start when it never did.</summary>
    public TimeSpan Silence => _clock.Since(Volatile.Read(ref _heardAt));

    /// <summary>Nothing may be delivered any more: revocations have not reached us for too long.</summary>
    public bool IsCutOffTooLong => !IsConnected && Silence.Ticks > _cutOffTicksMost;

    /// <summary>All that the feed held when it was last heard has been applied.</summary>
    public bool IsCurrent => IsConnected && Lag == 0;

    public void Heard(long position, long head)
    {
        Volatile.Write(ref _head, head);
        Position = position;
        Volatile.Write(ref _heardAt, _clock.Ticks);
        Volatile.Write(ref _connected, 1);
    }

    public void Lost() => Volatile.Write(ref _connected, 0);
}
