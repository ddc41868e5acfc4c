using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Feed;

/// <summary>How this gate stands to its server. Written by the follower, read by every request without a lock.</summary>
internal sealed class GateLink
{
    private const long ClockToleranceMs = 60_000;
    private readonly GateClock _clock;
    private readonly LinkMemory _memory;
    private readonly long _cutOffTicksMost;
    private readonly long _saveAfterMs;
    private LinkMemory.Heard _saved;
    private long _silentBefore;
    private long _heardAt;
    private long _position;
    private long _head;
    private long _target = -1;
    private volatile bool _connected;
    private volatile bool _hasEpoch;
    private volatile bool _isWhole;
    private volatile bool _caughtUp;
    private volatile EpochNeed? _need;

    public GateLink(GateClock clock, GateOptions options, LocalLog log, LinkMemory memory, EpochTokens tokens)
    {
        (_clock, _memory, _saved) = (clock, memory, memory.Load());
        _heardAt = clock.Ticks;
        _cutOffTicksMost = TimeSpan.FromSeconds(options.CutOffSeconds).Ticks;
        _saveAfterMs = Math.Clamp(options.CutOffSeconds * 1_000L / 20, 10, 60_000);
        _isWhole = _saved.IsWhole;
        _silentBefore = SilentBefore(_saved.HeardMs, NowMs);
        lock (log.Sync)
        {
            _hasEpoch = log.State.Epoch > 0;
            _need = _hasEpoch && tokens.Of(log.State.Epoch) is null ? new("the token of this gate's epoch is not here") : null;
        }
    }

    /// <summary>The last poll was answered.</summary>
    public bool IsConnected => _connected;

    public bool HasEpoch => _hasEpoch;

    /// <summary>Why another epoch is needed; null when none is.</summary>
    public EpochNeed? Need => _need;

    /// <summary>What is counted may be sent under the epoch that the log has.</summary>
    public bool MaySend => _hasEpoch && (_need is null or { IsSendable: true });

    /// <summary>Another instance holds this gate's epoch: what needs a lease cannot be had.</summary>
    public bool IsFenced { get; private set; }

    /// <summary>The server gave no epoch, because another instance that lives holds this gate's newest.</summary>
    public bool IsHeldElsewhere { get; set; }

    /// <summary>Another epoch is needed. Of two reasons the one that stops the sending stands.</summary>
    public void NeedEpoch(EpochNeed need)
    {
        if (_need is null or { IsSendable: true })
        {
            _need = need;
        }
    }

    /// <summary>The log goes on under an epoch that was just granted.</summary>
    public void Began() => (_need, IsHeldElsewhere, IsFenced, _hasEpoch) = (null, false, false, true);

    /// <summary>What the server says of the epoch.</summary>
    public void Stands(bool fenced)
    {
        IsFenced = fenced;
        if (fenced)
        {
            NeedEpoch(new("another process took this gate's epoch", IsSendable: true));
        }
        else if (_need is { IsSendable: true })
        {
            (_need, IsHeldElsewhere) = (null, false);
        }
    }

    /// <summary>Number of the newest entry that was applied.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>Entries the server has and we do not.</summary>
    public long Lag => Math.Max(0, Volatile.Read(ref _head) - Position);

    /// <summary>Since the server last answered, restarts included.</summary>
    public TimeSpan Silence
    {
        get
        {
            var ticks = Volatile.Read(ref _silentBefore) + _clock.Since(Volatile.Read(ref _heardAt)).Ticks;
            return TimeSpan.FromTicks(ticks);
        }
    }

    /// <summary>Nothing may be delivered any more: revocations have not reached us for too long.</summary>
    public bool IsCutOffTooLong => !IsConnected && Silence.Ticks > _cutOffTicksMost;

    /// <summary>
    /// Part of the feed is known to be missing, a revocation maybe: the head was never reached, or not yet since the server
    /// was first heard by this process. Lag that comes later is what just happened, and no reason to stop.
    /// </summary>
    public bool IsBehind => !_isWhole || (_connected && !_caughtUp);

    /// <summary>Why the feed is read from its beginning; null when it is not.</summary>
    public string? AnewBecause { get; private set; }

    /// <summary>The feed began anew: all that it held when it is first heard must come before anything is delivered.</summary>
    public void BeginAnew(string why)
    {
        AnewBecause = why;
        (_isWhole, _caughtUp, _target) = (false, false, -1);
        Position = 0;
        Save(NowMs);
    }

    public void Heard(long position, long head)
    {
        Volatile.Write(ref _head, head);
        Position = position;
        _target = _target < 0 ? head : _target;
        if (position >= _target)
        {
            (_isWhole, _caughtUp, AnewBecause) = (true, true, null);
        }

        Volatile.Write(ref _heardAt, _clock.Ticks);
        Volatile.Write(ref _silentBefore, 0);
        _connected = true;
        var now = NowMs;
        if (_isWhole != _saved.IsWhole || Math.Abs(now - _saved.HeardMs) >= _saveAfterMs)
        {
            Save(now);
        }
    }

    public void Lost() => _connected = false;

    private long NowMs => _clock.Own.GetUtcNow().ToUnixTimeMilliseconds();

    private void Save(long now)
    {
        _saved = new LinkMemory.Heard(_isWhole, now);
        _memory.Save(_saved);
    }

    // A server that was never heard, or heard in the future of this clock, was last heard nobody knows when.
    private static long SilentBefore(long heardMs, long nowMs) => heardMs <= 0 || nowMs < heardMs - ClockToleranceMs
        ? TimeSpan.FromDays(3_660).Ticks
        : TimeSpan.FromMilliseconds(Math.Max(0, nowMs - heardMs)).Ticks;
}
