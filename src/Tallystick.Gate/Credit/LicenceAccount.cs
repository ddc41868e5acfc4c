using Tallystick.Core.Access;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;
using Tallystick.Gate.Metering;

namespace Tallystick.Gate.Credit;

/// <summary>What came of asking for quantity.</summary>
internal enum Reserved
{
    /// <summary>Set aside.</summary>
    Done,

    /// <summary>The lease of bytes does not reach.</summary>
    BytesShort,

    /// <summary>The lease of uses does not reach.</summary>
    UsesShort,
}

/// <summary>
/// One licence at this gate: its leases and who is using them. All deliveries under a licence pass here, so that parallel
/// requests cannot take more than is leased. Lock order: this, then the log.
/// </summary>
internal sealed class LicenceAccount
{
    private const long DayMs = 86_400_000;
    private readonly Lock _lock = new();
    private readonly LocalLog _log;
    private readonly LicenceTally _tally;
    private readonly Dictionary<UseKey, PendingUse> _pending = [];
    private readonly HashSet<ulong> _passes = [];
    private ulong _lastPass;
    private long _passDay;
    private LeasedQuantity _bytes;
    private LeasedQuantity _uses;

    public LicenceAccount(LicenceTally tally, LocalLog log)
    {
        (_tally, _log) = (tally, log);
        lock (log.Sync)
        {
            _bytes = LeasedQuantity.Replayed(tally.ByteLease.Total, tally.Bytes);
            _uses = LeasedQuantity.Replayed(tally.UseLease.Total, tally.Uses);
        }

        Bytes = new LeaseAsker(Meter.BytesDelivered, tally.ByteLease.ExpiresMs);
        Uses = new LeaseAsker(Meter.SegmentUnlocked, tally.UseLease.ExpiresMs);
    }

    public LicenceTally Tally => _tally;

    public LeaseAsker Bytes { get; }

    public LeaseAsker Uses { get; }

    /// <summary>When it was last used, in ticks of <see cref="GateClock.Ticks"/>.</summary>
    public long LastUsed { get; set; }

    /// <summary>
    /// Whether a pass may be delivered under: it is open, or there is room for one more of this day. Memory and events of a
    /// licence are bounded by it; what was open when the gate was started again takes up room when it is used again.
    /// </summary>
    public bool MayOpen(ulong pass, long nowMs, int most)
    {
        var day = nowMs / DayMs;
        if (Volatile.Read(ref _lastPass) == pass && Volatile.Read(ref _passDay) == day)
        {
            return true;
        }

        lock (_lock)
        {
            if (_passDay != day)
            {
                _passes.Clear();
                _passDay = day;
            }

            if (!_passes.Contains(pass) && (_passes.Count >= most || !_passes.Add(pass)))
            {
                return false;
            }

            _lastPass = pass;
            return true;
        }
    }

    /// <summary>
    /// Sets aside what a delivery begins with. A use is needed once per (unit, pass): the first who comes reserves it, those
    /// who come while it is not counted yet ride along.
    /// </summary>
    public Reserved TryBegin(ChargeRule rule, UseKey use, long bytes)
    {
        if (!rule.Bytes && !rule.Uses)
        {
            return Reserved.Done;
        }

        lock (_lock)
        {
            if (rule.Bytes && !_bytes.TryReserve(bytes))
            {
                return Reserved.BytesShort;
            }

            if (!rule.Uses || _log.Used(_tally, use))
            {
                return Reserved.Done;
            }

            if (_pending.TryGetValue(use, out var pending))
            {
                pending.Riders++;
                return Reserved.Done;
            }

            if (!_uses.TryReserve(1))
            {
                if (rule.Bytes)
                {
                    _bytes.Settle(0, bytes);
                }

                return Reserved.UsesShort;
            }

            _pending[use] = new PendingUse { Riders = 1 };
            return Reserved.Done;
        }
    }

    /// <summary>Sets aside more bytes for a delivery that runs.</summary>
    public bool TryContinue(ChargeRule rule, long bytes)
    {
        if (!rule.Bytes)
        {
            return true;
        }

        lock (_lock)
        {
            return _bytes.TryReserve(bytes);
        }
    }

    /// <summary>Charges bytes that were set aside, and the use if it is the first.</summary>
    public void Charge(
        ChargeRule rule, in UsageFacts facts, long bytes, long timeMs, OpenDelivery? ended, DurableWaiter? waiter)
    {
        lock (_lock)
        {
            var usesCounted = _log.Charge(_tally, facts, bytes, timeMs, ended, waiter);
            if (rule.Bytes)
            {
                _bytes.Settle(bytes, 0);
            }

            if (usesCounted && rule.Uses && _pending.Remove(new UseKey(facts.UnitId, facts.Pass)))
            {
                _uses.Settle(1, 0);
            }
        }
    }

    /// <summary>A delivery ends: what it set aside and did not deliver is free again.</summary>
    public void End(ChargeRule rule, UseKey use, long bytesLeft)
    {
        if (!rule.Bytes && !rule.Uses)
        {
            return;
        }

        lock (_lock)
        {
            if (rule.Bytes)
            {
                _bytes.Settle(0, bytesLeft);
            }

            if (rule.Uses && _pending.TryGetValue(use, out var pending) && --pending.Riders == 0)
            {
                // Nobody delivered a byte of it.
                _pending.Remove(use);
                _uses.Settle(0, 1);
            }
        }
    }

    /// <summary>Bytes that a new delivery could set aside.</summary>
    public long AvailableBytes => Read(Meter.BytesDelivered).Available;

    public LeasedQuantity Read(Meter meter)
    {
        lock (_lock)
        {
            return meter == Meter.BytesDelivered ? _bytes : _uses;
        }
    }

    public void Granted(Meter meter, long total, DateTimeOffset expires)
    {
        lock (_lock)
        {
            ref var quantity = ref meter == Meter.BytesDelivered ? ref _bytes : ref _uses;
            quantity.Grant(total);
            _log.Lease(_tally, meter, new LeaseState(quantity.Granted, expires.ToUnixTimeMilliseconds()));
        }
    }

    /// <summary>Gives up what is not needed, here first; null when there is nothing to give.</summary>
    public LeasedQuantity? Return(Meter meter)
    {
        lock (_lock)
        {
            ref var quantity = ref meter == Meter.BytesDelivered ? ref _bytes : ref _uses;
            if (quantity.Available <= 0 || quantity.Reserved > 0)
            {
                return null;
            }

            quantity.Return();
            _log.Lease(_tally, meter, new LeaseState(quantity.Granted, 0));
            return quantity;
        }
    }

    private sealed class PendingUse
    {
        public int Riders { get; set; }
    }
}

/// <summary>How a lease of one meter is asked for. The broker owns it.</summary>
internal sealed class LeaseAsker(Meter meter, long expiresMs)
{
    public Meter Meter { get; } = meter;

    /// <summary>The question under way, shared by all who need the answer.</summary>
    public Task? Asking { get; set; }

    /// <summary>What all those need who wait for an answer.</summary>
    public long Needed { get; set; }

    /// <summary>How much is asked for beyond what is needed; doubles with every question that is granted in full.</summary>
    public long Step { get; set; }

    /// <summary>Of the server's newest answer about this lease. Only whoever holds <see cref="Asking"/> uses it.</summary>
    public long Version { get; set; }

    /// <summary>The server's last word when it granted less than was needed, or null.</summary>
    public volatile string? Exhausted;

    /// <summary>Milliseconds since 1970 after which a connected gate asks again.</summary>
    public long ExpiresMs
    {
        get => Interlocked.Read(ref _expiresMs);
        set => Interlocked.Exchange(ref _expiresMs, value);
    }

    /// <summary>Until then (ticks) an exhausted lease is not asked for again.</summary>
    public long AskAgainAt { get; set; }

    private long _expiresMs = expiresMs;
}
