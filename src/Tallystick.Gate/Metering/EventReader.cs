using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Gate.Metering;

/// <summary>A batch as it goes over the wire.</summary>
/// <param name="FirstSeq">Number in the log.</param>
/// <param name="LastSeq">Number in the log.</param>
/// <param name="Epoch">Under which it is sent.</param>
/// <param name="After">The number in the log that the epoch's own numbers count from.</param>
internal readonly record struct EventBatch(
    ReadOnlyMemory<byte> Bytes, int Count, long FirstSeq, long LastSeq, long Epoch, long After);

/// <summary>
/// Reads durable events from the log's files, in order, from after what was read last. An event stands in the log as it
/// stands on the wire, so a batch is put together by copying; only in a later epoch of the log it has another number there.
/// </summary>
internal sealed class EventReader : IDisposable
{
    /// <summary>Events in a batch: with <see cref="BatchBytesMost"/> the bytes are what ends it first.</summary>
    public const int EventsMost = 5_000;

    // Below the 256 KiB that a host of ours takes where a route says nothing else, and many a proxy as well.
    private const int BatchBytesMost = 200_000;
    private const int ReadBytes = 256 * 1024;
    private readonly LocalLog _log;
    private readonly SetAsideEvents _setAside;
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly byte[] _renumbered = new byte[UsageEventWire.BytesMost];
    private byte[] _batch = new byte[64 * 1024];
    private SafeFileHandle? _file;
    private LogSegment? _segment;
    private long _offset;
    private long _readSeq;

    public EventReader(LocalLog log, SetAsideEvents setAside)
    {
        (_log, _setAside) = (log, setAside);
        Rewind();
    }

    /// <summary>The next batch of at most so many events; empty when nothing new is durable.</summary>
    public EventBatch Read(int eventsMost)
    {
        var length = WriteEmitter(out var epoch, out var after);
        var (count, first) = (0, 0L);
        while (count < eventsMost && length < BatchBytesMost && NextStretch() is { Length: > 0 } stretch)
        {
            var at = 0;
            while (count < eventsMost && length < BatchBytesMost &&
                SpoolFrame.TryRead(stretch.Span[at..], _segment!.Number, out var kind, out var payload, out var frame))
            {
                at += frame;
                if (kind == SpoolKind.Event && UsageEventWire.SeqOf(payload) is var seq && seq > _readSeq)
                {
                    length += Append(length, _setAside.Instead(epoch, seq) is { } placeholder ? placeholder : payload, seq, after);
                    first = count++ == 0 ? seq : first;
                    _readSeq = seq;
                }
            }

            if (at == 0)
            {
                // What is whole goes out first.
                return count > 0 ? Done() : throw LogDamage.At(Path.GetFileName(_segment!.Path), _offset, "a record is not whole any more");
            }

            _offset += at;
        }

        return Done();

        EventBatch Done() => new(_batch.AsMemory(0, length), count, first, _readSeq, epoch, after);
    }

    /// <summary>The only event of a batch as it stands in the log.</summary>
    public byte[] Single(long seq)
    {
        Rewind(seq - 1);
        var batch = Read(1);
        return batch.FirstSeq == seq
            ? UsageBatch.Parser.ParseFrom(batch.Bytes.Span).Events[0].ToByteArray()
            : throw new InvalidDataException($"Event {seq} is not in the log any more.");
    }

    /// <summary>Reads again what is not acknowledged.</summary>
    public void Rewind()
    {
        lock (_log.Sync)
        {
            Rewind(_log.State.AcknowledgedSeq);
        }
    }

    /// <summary>Reads again what comes after a number.</summary>
    public void Rewind(long seq)
    {
        Close();
        _readSeq = seq;
    }

    public void Dispose() => Close();

    private void Close()
    {
        _file?.Dispose();
        (_file, _segment, _offset) = (null, null, 0);
    }

    private ReadOnlyMemory<byte> NextStretch()
    {
        while (true)
        {
            if (_segment is not null && _offset < _segment.DurableBytes)
            {
                var most = (int)Math.Min(ReadBytes, _segment.DurableBytes - _offset);
                var read = RandomAccess.Read(_file!, _buffer.AsSpan(0, most), _offset);
                return read > 0 ? _buffer.AsMemory(0, read) : throw LogDamage.At(Path.GetFileName(_segment.Path), _offset, "it ends here, and more was written");
            }

            // Files are read in order; one is done when a later one has begun.
            var next = _log.Writer.Segments().FirstOrDefault(s => _segment is null
                ? s.LastSeq > _readSeq
                : s.Number > _segment.Number);
            if (next is null)
            {
                return default;
            }

            Close();
            _segment = next;
            _file = File.OpenHandle(next.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
    }

    private int WriteEmitter(out long epoch, out long after)
    {
        lock (_log.Sync)
        {
            (epoch, after) = (_log.State.Epoch, _log.State.EpochAfter);
            using var stream = new CodedOutputStream(_batch);
            new UsageBatch
            {
                Emitter = ByteString.CopyFrom(_log.State.Emitter.Value.ToByteArray(bigEndian: true)),
                Epoch = (ulong)_log.State.Epoch,
            }.WriteTo(stream);
            stream.Flush();
            return (int)stream.Position;
        }
    }

    private int Append(int at, ReadOnlySpan<byte> payload, long seq, long after)
    {
        if (_batch.Length - at < payload.Length + 16)
        {
            Array.Resize(ref _batch, _batch.Length * 2);
        }

        if (after > 0)
        {
            payload = _renumbered.AsSpan(0, UsageEventWire.Renumber(_renumbered, payload, seq - after));
        }

        var to = _batch.AsSpan(at);
        to[0] = (3 << 3) | 2;
        var head = 1 + UsageEventWire.Varint(to[1..], (ulong)payload.Length);
        payload.CopyTo(to[head..]);
        return head + payload.Length;
    }
}
