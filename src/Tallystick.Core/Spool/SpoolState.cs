using Tallystick.Core.Ids;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Spool;

/// <summary>
/// What a gate's log adds up to: the fold of its records. The gate keeps it while it writes and gets it back by replay;
/// every segment begins with it, so that older ones can go once the server has their events. What it holds is bounded: uses are
/// remembered up to a number, all licences together, and the oldest are forgotten for new ones; of a licence without a lease and
/// without a use nothing is kept. Not safe for parallel use.
/// </summary>
public sealed partial class SpoolState(int usesMost = SpoolState.UsesMost)
{
    /// <summary>
    /// Uses that are remembered: some 5 MB in front of every segment. A use that was forgotten and comes again is counted
    /// again here; whoever bills counts it once by licence, unit and pass.
    /// </summary>
    public const int UsesMost = 100_000;

    private const long DayMs = 86_400_000;
    private readonly Queue<(LicenceTally Tally, UseKey Use, int Day)> _uses = new();
    private readonly Dictionary<LicenceId, LicenceTally> _tallies = [];
    private readonly Dictionary<RequestId, OpenDelivery> _open = [];

    /// <summary>Id of this gate; default until an epoch was granted.</summary>
    public GateId Emitter { get; private set; }

    /// <summary>Number of the epoch; 0 until one was granted.</summary>
    public long Epoch { get; private set; }

    /// <summary>
    /// Events up to this number went out under earlier epochs, or are lost: the epoch's own numbers count from here, and those
    /// of the log go on.
    /// </summary>
    public long EpochAfter { get; private set; }

    /// <summary>Number that the next event gets.</summary>
    public long NextSeq { get; private set; } = 1;

    /// <summary>What the server is known to have.</summary>
    public long AcknowledgedSeq { get; private set; }

    /// <summary>Licences that anything is known of.</summary>
    public IReadOnlyCollection<LicenceTally> Tallies => _tallies.Values;

    /// <summary>Deliveries under way; after a replay: those that a crash cut off.</summary>
    public IReadOnlyCollection<OpenDelivery> Open => _open.Values;

    /// <summary>The tally of a licence, begun when there is none.</summary>
    public LicenceTally TallyOf(LicenceId licence)
    {
        if (!_tallies.TryGetValue(licence, out var tally))
        {
            Keep(tally = new LicenceTally(licence));
        }

        return tally;
    }

    /// <summary>Forgets uses counted before a day.</summary>
    public void Forget(int beforeDay)
    {
        while (_uses.TryPeek(out var oldest) && oldest.Day < beforeDay)
        {
            _uses.Dequeue();
            oldest.Tally.Forget(oldest.Use);
        }
    }

    /// <summary>Lets go of licences of which nothing needs to be known. One that is used again is kept again.</summary>
    public void Compact()
    {
        foreach (var tally in _tallies.Values.Where(t => t.IsEmpty).ToList())
        {
            tally.IsKept = false;
            _tallies.Remove(tally.LicenceId);
        }
    }

    /// <summary>Counts one event and writes its payload; the number it got was <see cref="NextSeq"/>.</summary>
    public int Count(Span<byte> payload, LicenceTally tally, in UsageFacts facts, Meter meter, long quantity, long timeMs)
    {
        var length = UsageEventWire.Write(payload, facts, NextSeq, meter, quantity, timeMs);
        Fold(tally, facts.RequestId, new UseKey(facts.UnitId, facts.Pass), meter, quantity, timeMs);
        return length;
    }

    /// <summary>Records a use that another gate counted: it is none of this gate's, and is remembered like one.</summary>
    /// <param name="payload">Takes the record.</param>
    /// <param name="tally">Of the licence.</param>
    /// <param name="use">The use.</param>
    /// <param name="timeMs">Milliseconds since 1970.</param>
    public int Counted(Span<byte> payload, LicenceTally tally, UseKey use, long timeMs)
    {
        ArgumentNullException.ThrowIfNull(tally);
        var day = (int)(timeMs / DayMs);
        Remember(tally, use, day);
        return SpoolRecords.Use(payload, tally.LicenceId, use, day);
    }

    /// <summary>Records a lease.</summary>
    public int Lease(Span<byte> payload, LicenceTally tally, Meter meter, LeaseState lease)
    {
        ArgumentNullException.ThrowIfNull(tally);
        Keep(tally);
        tally.Lease(meter, lease);
        return SpoolRecords.Lease(payload, tally.LicenceId, meter, lease);
    }

    /// <summary>Records who this gate is: numbers start again at 1.</summary>
    public int Begin(Span<byte> payload, GateId emitter, long epoch)
    {
        (Emitter, Epoch, EpochAfter, NextSeq, AcknowledgedSeq) = (emitter, epoch, 0, 1, 0);
        return SpoolRecords.IdAndNumber(payload, emitter.Value, epoch);
    }

    /// <summary>Records that this log goes on under another epoch: what comes after a number is sent under it.</summary>
    /// <param name="payload">Takes the record.</param>
    /// <param name="emitter">This gate.</param>
    /// <param name="epoch">The new epoch.</param>
    /// <param name="after">Not less than what was acknowledged: that is not kept any more.</param>
    public int GoOn(Span<byte> payload, GateId emitter, long epoch, long after)
    {
        GoOn(emitter, epoch, Math.Clamp(after, AcknowledgedSeq, NextSeq - 1));
        return SpoolRecords.LaterEpoch(payload, emitter.Value, epoch, EpochAfter);
    }

    /// <summary>Records what the server has.</summary>
    public int Acknowledge(Span<byte> payload, long seq)
    {
        AcknowledgedSeq = Math.Max(AcknowledgedSeq, seq);
        return SpoolRecords.Number(payload, AcknowledgedSeq);
    }

    /// <summary>Records that a delivery began.</summary>
    public int Start(Span<byte> payload, OpenDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        _open.Add(delivery.Facts.RequestId, delivery);
        return UsageEventWire.Write(payload, delivery.Facts, 0, Meter.BytesDelivered, delivery.Uncharged, 0);
    }

    /// <summary>Records that <paramref name="bytes"/> more were flushed.</summary>
    public static int Progress(Span<byte> payload, OpenDelivery delivery, long bytes)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        delivery.Uncharged = checked(delivery.Uncharged + bytes);
        return SpoolRecords.IdAndNumber(payload, delivery.Facts.RequestId.Value, delivery.Uncharged);
    }

    /// <summary>Records that a delivery ended.</summary>
    public int End(Span<byte> payload, OpenDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        _open.Remove(delivery.Facts.RequestId);
        return SpoolRecords.Id(payload, delivery.Facts.RequestId.Value);
    }

    /// <summary>Writes the whole state as records, ended by <see cref="SpoolKind.StateEnd"/>.</summary>
    /// <param name="to">Takes each record; the span is reused.</param>
    public void WriteTo(SpoolSink to)
    {
        ArgumentNullException.ThrowIfNull(to);
        Span<byte> payload = stackalloc byte[SpoolFrame.PayloadBytesMost];
        to(SpoolKind.Synced, []);
        to(SpoolKind.Epoch, payload[..SpoolRecords.LaterEpoch(payload, Emitter.Value, Epoch, EpochAfter)]);
        to(SpoolKind.Acknowledged, payload[..SpoolRecords.Number(payload, AcknowledgedSeq)]);
        foreach (var tally in _tallies.Values)
        {
            to(SpoolKind.Totals, payload[..SpoolRecords.Totals(payload, tally)]);
            foreach (var (meter, lease) in (ReadOnlySpan<(Meter, LeaseState)>)
                [(Meter.BytesDelivered, tally.ByteLease), (Meter.SegmentUnlocked, tally.UseLease)])
            {
                if (lease != default)
                {
                    to(SpoolKind.Lease, payload[..SpoolRecords.Lease(payload, tally.LicenceId, meter, lease)]);
                }
            }
        }

        // In the order they were counted, so that after a replay as well the oldest is forgotten first.
        foreach (var (tally, use, day) in _uses)
        {
            to(SpoolKind.Use, payload[..SpoolRecords.Use(payload, tally.LicenceId, use, day)]);
        }

        foreach (var delivery in _open.Values)
        {
            to(SpoolKind.Open, payload[..UsageEventWire.Write(
                payload, delivery.Facts, 0, Meter.BytesDelivered, delivery.Uncharged, 0)]);
        }

        to(SpoolKind.StateEnd, payload[..SpoolRecords.Number(payload, NextSeq)]);
    }

    private void Fold(LicenceTally tally, RequestId request, UseKey use, Meter meter, long quantity, long timeMs)
    {
        NextSeq++;
        if (meter == Meter.SegmentUnlocked)
        {
            tally.Uses = checked(tally.Uses + quantity);
            Remember(tally, use, (int)(timeMs / DayMs));
            return;
        }

        tally.Bytes = checked(tally.Bytes + quantity);
        if (_open.Count > 0 && _open.TryGetValue(request, out var open))
        {
            // An event may hold bytes that were flushed after the last progress record.
            open.Uncharged = Math.Max(0, open.Uncharged - quantity);
        }
    }

    private void Remember(LicenceTally tally, UseKey use, int day)
    {
        Keep(tally);
        if (!tally.Remember(use, day))
        {
            return;
        }

        _uses.Enqueue((tally, use, day));
        if (_uses.Count > usesMost)
        {
            var oldest = _uses.Dequeue();
            oldest.Tally.Forget(oldest.Use);
        }
    }

    private void Keep(LicenceTally tally)
    {
        if (!tally.IsKept)
        {
            tally.IsKept = true;
            _tallies[tally.LicenceId] = tally;
        }
    }

    private void GoOn(GateId emitter, long epoch, long after) =>
        (Emitter, Epoch, EpochAfter, AcknowledgedSeq) = (emitter, epoch, after, after);
}

/// <summary>Takes a record; the payload is only valid during the call.</summary>
public delegate void SpoolSink(SpoolKind kind, ReadOnlySpan<byte> payload);
