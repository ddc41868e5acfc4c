using System.Diagnostics;
using Tallystick.Core.Ids;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;

namespace Tallystick.Gate.Metering;

/// <summary>
/// The gate's one local log: usage events, leases, deliveries under way. Records are gathered under a lock; one thread
/// writes them and calls fdatasync once for all that came meanwhile (group commit). The state that they add up to is kept
/// beside them and stands at the head of every file.
/// </summary>
internal sealed partial class LocalLog : IDisposable
{
    private readonly object _lock = new();
    private readonly LogWriter _writer;
    private LogBatch _filling = new();
    private long _flushedNotDurable;

    public LocalLog(GateOptions options, TimeProvider clock, ILogger<LocalLog> log)
    {
        var folder = Path.Combine(options.DataFolder, "log");
        Directory.CreateDirectory(folder);
        var recovered = LogRecovery.Run(folder);
        State = recovered.State;
        recovered.Unfinished.ForEach(path => LogUnfinished(log, path));
        _writer = new LogWriter(this, options, folder, recovered, log);
        CloseWhatACrashCutOff(clock.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Guarded by <see cref="Sync"/>.</summary>
    public SpoolState State { get; }

    /// <summary>The lock: taken after a licence account's, never before.</summary>
    public object Sync => _lock;

    /// <summary>Where records are on disk, and for whom.</summary>
    public LogWriter Writer => _writer;

    /// <summary>Bytes that buyers have and a crash now would not charge.</summary>
    public long FlushedNotDurable => Interlocked.Read(ref _flushedNotDurable);

    /// <summary>False when nothing new may be delivered: no epoch yet, no space, or the disk failed.</summary>
    public bool AcceptsDeliveries => Volatile.Read(ref _hasEpoch) && !_writer.IsFull && _writer.Failure is null;

    private bool _hasEpoch;

    /// <summary>
    /// Charges bytes, and the use when they are the first of one. Returns true when a use was counted.
    /// </summary>
    /// <param name="tally">Of the licence.</param>
    /// <param name="facts">Of the delivery.</param>
    /// <param name="bytes">To charge; with 0 nothing is, and only <paramref name="ended"/> has an effect.</param>
    /// <param name="timeMs">Milliseconds since 1970.</param>
    /// <param name="ended">The open delivery that this is the last of.</param>
    /// <param name="waiter">Completed when it is durable.</param>
    public bool Charge(
        LicenceTally tally, in UsageFacts facts, long bytes, long timeMs, OpenDelivery? ended, DurableWaiter? waiter)
    {
        lock (_lock)
        {
            var counted = bytes > 0 && CountBoth(tally, facts, bytes, timeMs);
            if (ended is not null)
            {
                Add(SpoolKind.Close, State.End(_filling.Payload(), ended));
            }

            Wait(waiter);
            return counted;
        }
    }

    public void Open(OpenDelivery delivery)
    {
        lock (_lock)
        {
            Add(SpoolKind.Open, State.Start(_filling.Payload(), delivery));
        }
    }

    /// <summary>Records that an open delivery flushed more.</summary>
    public void Flushed(OpenDelivery delivery, long bytes)
    {
        lock (_lock)
        {
            Add(SpoolKind.Progress, SpoolState.Progress(_filling.Payload(), delivery, bytes));
            _filling.FlushedBytes += bytes;
            Interlocked.Add(ref _flushedNotDurable, bytes);
            Wake();
        }
    }

    /// <summary>True when this use was counted before and is remembered.</summary>
    public bool Used(LicenceTally tally, UseKey use)
    {
        lock (_lock)
        {
            return tally.Used(use);
        }
    }

    /// <summary>Remembers a use that another gate counted: whoever goes on with it here opens none.</summary>
    public void CountedElsewhere(LicenceTally tally, UseKey use, long timeMs)
    {
        lock (_lock)
        {
            Add(SpoolKind.Use, State.Counted(_filling.Payload(), tally, use, timeMs));
            Wake();
        }
    }

    /// <summary>Forgets uses counted before a day.</summary>
    public void Forget(int beforeDay)
    {
        lock (_lock)
        {
            State.Forget(beforeDay);
        }
    }

    public LicenceTally TallyOf(LicenceId licence)
    {
        lock (_lock)
        {
            return State.TallyOf(licence);
        }
    }

    public void Lease(LicenceTally tally, Meter meter, LeaseState lease)
    {
        lock (_lock)
        {
            Add(SpoolKind.Lease, State.Lease(_filling.Payload(), tally, meter, lease));
            Wake();
        }
    }

    /// <summary>Begins an epoch.</summary>
    public ValueTask Begin(GateId emitter, long epoch)
    {
        var waiter = DurableWaiter.Rent();
        lock (_lock)
        {
            Add(SpoolKind.Epoch, State.Begin(_filling.Payload(), emitter, epoch));
            Volatile.Write(ref _hasEpoch, true);
            Wait(waiter);
        }

        return waiter.Durable;
    }

    /// <summary>Goes on under another epoch with what comes after a number.</summary>
    public ValueTask GoOn(GateId emitter, long epoch, long after)
    {
        var waiter = DurableWaiter.Rent();
        lock (_lock)
        {
            Add(SpoolKind.Epoch, State.GoOn(_filling.Payload(), emitter, epoch, after));
            Wait(waiter);
        }

        return waiter.Durable;
    }

    public void Acknowledge(long seq)
    {
        lock (_lock)
        {
            Add(SpoolKind.Acknowledged, State.Acknowledge(_filling.Payload(), seq));
            Wake();
        }
    }

    /// <summary>Completes when everything recorded so far is durable.</summary>
    public ValueTask Durable()
    {
        var waiter = DurableWaiter.Rent();
        lock (_lock)
        {
            Wait(waiter);
        }

        return waiter.Durable;
    }

    /// <summary>For the writer, under <see cref="Sync"/>: what is to be written, or null.</summary>
    internal LogBatch? Take(LogBatch empty)
    {
        Debug.Assert(Monitor.IsEntered(_lock), "Only under the lock.");
        if (_filling.Length == 0 && _filling.Waiters == 0)
        {
            return null;
        }

        var full = _filling;
        full.LastSeq = State.NextSeq - 1;
        _filling = empty;
        return full;
    }

    internal void BecameDurable(LogBatch batch) => Interlocked.Add(ref _flushedNotDurable, -batch.FlushedBytes);

    public void Dispose() => _writer.Dispose();

    private bool CountBoth(LicenceTally tally, in UsageFacts facts, long bytes, long timeMs)
    {
        Add(SpoolKind.Event, State.Count(_filling.Payload(), tally, facts, Meter.BytesDelivered, bytes, timeMs));
        if (tally.Used(new UseKey(facts.UnitId, facts.Pass)))
        {
            return false;
        }

        Add(SpoolKind.Event, State.Count(_filling.Payload(), tally, facts, Meter.SegmentUnlocked, 1, timeMs));
        return true;
    }

    private void CloseWhatACrashCutOff(long timeMs)
    {
        lock (_lock)
        {
            _hasEpoch = State.Epoch > 0;
            foreach (var open in State.Open.ToList())
            {
                if (open.Uncharged > 0)
                {
                    CountBoth(State.TallyOf(open.Facts.LicenceId), open.Facts, open.Uncharged, timeMs);
                }

                Add(SpoolKind.Close, State.End(_filling.Payload(), open));
            }

            Wake();
        }
    }

    private void Add(SpoolKind kind, int payloadBytes) => _filling.Add(kind, payloadBytes, _writer.AppendSegment);

    private void Wait(DurableWaiter? waiter)
    {
        if (waiter is not null)
        {
            _filling.Wait(waiter);
        }

        Wake();
    }

    private void Wake()
    {
        if (_writer.Sleeps)
        {
            Monitor.Pulse(_lock);
        }
    }

    [LoggerMessage(7103, LogLevel.Warning, "The log file {File} was torn while it was begun: the file before it holds all of it, and it was kept as {File}.torn")]
    private static partial void LogUnfinished(ILogger log, string file);
}
