using System.Buffers;
using System.Buffers.Binary;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Core.Spool;

/// <summary>A stretch of a file that holds no record which can be read.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct SpoolGap(int Offset, int Length);

/// <summary>Numbers of events that cannot be read any more.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
public readonly record struct LostEvents(long First, long Last);

/// <summary>
/// A damaged file of the log, put together again. 1. Every record that is whole, or that one changed bit keeps from being whole
/// (its checksum tells which), is taken in order. 2. The state at the beginning is taken as it stands, else from the file before,
/// else from what is left of it. 3. Events whose record is lost are replaced by placeholders: numbers have no gaps, and the server
/// shows its operator what was never charged. 4. What no longer follows from what is there is left out.
/// </summary>
public sealed class SpoolSalvage
{
    /// <summary>A gap of more numbers is no damage that records can be put around.</summary>
    private const long LostMost = 1_000_000;

    private readonly List<(SpoolKind Kind, byte[] Payload)> _records = [];
    private readonly List<SpoolGap> _gaps = [];
    private readonly List<LostEvents> _lost = [];
    private readonly ArrayBufferWriter<byte> _file = new();
    private readonly byte[] _frame = new byte[SpoolFrame.HeadBytes + SpoolFrame.PayloadBytesMost];
    private readonly long _segment;
    private int _firstGapAt = int.MaxValue;

    private SpoolSalvage(long segment) => _segment = segment;

    /// <summary>Records that could be read.</summary>
    public int Records => _records.Count(r => r.Kind != SpoolKind.Synced);

    /// <summary>Records among them in which one bit was put right.</summary>
    public int Corrected { get; private set; }

    /// <summary>What cannot be read.</summary>
    public IReadOnlyList<SpoolGap> Gaps => _gaps;

    /// <summary>Events that are lost: placeholders stand under their numbers.</summary>
    public IReadOnlyList<LostEvents> Lost => _lost;

    /// <summary>Every event that can be read.</summary>
    public IEnumerable<UsageEvent> Events => _records.Where(r => r.Kind == SpoolKind.Event).Select(r => UsageEvent.Parser.ParseFrom(r.Payload));

    /// <summary>The state at the end of the file; null when the records cannot be put together.</summary>
    public SpoolState? State { get; private set; }

    /// <summary>The file as it is whole again; only of use together with <see cref="State"/>.</summary>
    public byte[] File => _file.WrittenSpan.ToArray();

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="segment">Its number.</param>
    /// <param name="before">The state at the end of the file before, not used elsewhere; null when there is none.</param>
    /// <param name="after">The state that the file after begins with; null when there is none.</param>
    /// <param name="nowMs">Milliseconds since 1970, for placeholders.</param>
    public static SpoolSalvage Of(ReadOnlySpan<byte> bytes, long segment, SpoolState? before, SpoolState? after, long nowMs)
    {
        var salvage = new SpoolSalvage(segment);
        // 1
        salvage.Read(bytes);
        // 2
        var ends = salvage._records.FindIndex(r => r.Kind == SpoolKind.StateEnd);
        var body = ends >= 0 ? ends + 1 : salvage.BodyWithoutEnd();
        var state = ends >= 0 && ends < salvage._firstGapAt ? salvage.Begin(body) : before ?? salvage.Guess(body);
        if (state is not null && salvage.Write(state, body, after, nowMs))
        {
            salvage.State = state;
        }

        return salvage;
    }

    private void Read(ReadOnlySpan<byte> bytes)
    {
        var corrected = new byte[_frame.Length];
        for (var at = 0; at < bytes.Length && !SpoolScan.IsBlank(bytes[at..]);)
        {
            if (SpoolFrame.TryRead(bytes[at..], _segment, out var kind, out var payload, out var frame) ||
                TryCorrect(bytes[at..], corrected, out kind, out payload, out frame))
            {
                _records.Add((kind, payload.ToArray()));
                at += frame;
                continue;
            }

            var next = SpoolScan.NextWhole(bytes, at + 1, _segment);
            var end = next >= 0 ? next : bytes.LastIndexOfAnyExcept((byte)0) + 1;
            _gaps.Add(new(at, end - at));
            _firstGapAt = Math.Min(_firstGapAt, _records.Count);
            at = end;
        }
    }

    // CRC32C keeps any two records at least four bits apart: of one changed bit it tells which.
    private bool TryCorrect(
        ReadOnlySpan<byte> from, byte[] copy, out SpoolKind kind, out ReadOnlySpan<byte> payload, out int frame)
    {
        var window = copy.AsSpan(0, Math.Min(from.Length, copy.Length));
        from[..window.Length].CopyTo(window);
        for (var bit = 0; bit < window.Length * 8; bit++)
        {
            window[bit / 8] ^= (byte)(1 << (bit % 8));
            if (SpoolFrame.TryRead(window, _segment, out kind, out payload, out frame))
            {
                Corrected++;
                return true;
            }

            window[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        kind = default;
        payload = default;
        frame = 0;
        return false;
    }

    // The state ends where the first records were written after it, or where the first event stands.
    private int BodyWithoutEnd()
    {
        var first = _records.FindIndex(1 <= _records.Count ? 1 : 0, r => r.Kind is SpoolKind.Synced or SpoolKind.Event);
        return first < 0 ? _records.Count : first;
    }

    private SpoolState? Begin(int body)
    {
        var state = new SpoolState();
        return _records.Take(body).All(r => state.Apply(r.Kind, r.Payload)) ? state : null;
    }

    // Without the record that says whose log it is, and under which epoch, nobody takes its events.
    private SpoolState? Guess(int body)
    {
        var state = new SpoolState();
        var seen = _records.Take(body).Where(r => state.Apply(r.Kind, r.Payload)).Select(r => r.Kind).ToHashSet();
        if (!seen.Contains(SpoolKind.Epoch))
        {
            return null;
        }

        // Older files are dropped once the server has their events: what is in front of the first event here was acknowledged.
        var firstEvent = _records.Where(r => r.Kind == SpoolKind.Event).Select(r => UsageEventWire.SeqOf(r.Payload)).FirstOrDefault();
        if (!seen.Contains(SpoolKind.StateEnd))
        {
            Number(state, SpoolKind.StateEnd, firstEvent > 0 ? firstEvent : state.AcknowledgedSeq + 1);
        }

        if (!seen.Contains(SpoolKind.Acknowledged))
        {
            Number(state, SpoolKind.Acknowledged, state.NextSeq - 1);
        }

        return state;
    }

    private static void Number(SpoolState state, SpoolKind kind, long number)
    {
        var payload = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, number);
        state.Apply(kind, payload);
    }

    // 3, 4
    private bool Write(SpoolState state, int body, SpoolState? after, long nowMs)
    {
        state.WriteTo(Add);
        Add(SpoolKind.Synced, []);
        foreach (var (kind, payload) in _records.Skip(body).Where(r => r.Kind != SpoolKind.Synced))
        {
            if (kind == SpoolKind.Event && !Replace(state, UsageEventWire.SeqOf(payload), nowMs))
            {
                return false;
            }

            if (state.Apply(kind, payload))
            {
                Add(kind, payload);
            }
        }

        if (after is not null && after.Epoch == state.Epoch && !Replace(state, after.NextSeq, nowMs))
        {
            return false;
        }

        Add(SpoolKind.Synced, []);
        return true;
    }

    private bool Replace(SpoolState state, long upTo, long nowMs)
    {
        if (upTo - state.NextSeq > LostMost)
        {
            return false;
        }

        if (state.NextSeq < upTo)
        {
            _lost.Add(new(state.NextSeq, upTo - 1));
        }

        var payload = new byte[UsageEventWire.BytesMost];
        while (state.NextSeq < upTo)
        {
            var length = UsageEventWire.WritePlaceholder(payload, state.NextSeq, default, nowMs);
            state.Apply(SpoolKind.Event, payload.AsSpan(0, length));
            Add(SpoolKind.Event, payload.AsSpan(0, length));
        }

        return true;
    }

    private void Add(SpoolKind kind, ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(_frame.AsSpan(SpoolFrame.HeadBytes));
        _file.Write(_frame.AsSpan(0, SpoolFrame.Close(_frame, kind, payload.Length, _segment)));
    }
}
