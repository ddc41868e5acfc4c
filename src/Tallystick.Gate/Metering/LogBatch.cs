using Tallystick.Core.Spool;

namespace Tallystick.Gate.Metering;

/// <summary>
/// Records that will be made durable by one write, and those who wait for it. Guarded by the log's lock. In front of them stands
/// that all before was durable (<see cref="SpoolKind.Synced"/>).
/// </summary>
internal sealed class LogBatch
{
    private readonly List<WaiterGroup> _groups = [];
    private byte[] _bytes = new byte[64 * 1024];

    /// <summary>Bytes of records; without any nothing is written.</summary>
    public int Length { get; private set; }

    public int Waiters { get; private set; }

    /// <summary>Bytes that were flushed to buyers and become durable with this batch.</summary>
    public long FlushedBytes { get; set; }

    public long LastSeq { get; set; }

    private int End => SpoolFrame.HeadBytes + Length;

    /// <summary>Room for one more payload.</summary>
    public Span<byte> Payload()
    {
        if (_bytes.Length - End < SpoolFrame.HeadBytes + SpoolFrame.PayloadBytesMost)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        return _bytes.AsSpan(End + SpoolFrame.HeadBytes);
    }

    /// <summary>Takes the payload that stands in <see cref="Payload"/>.</summary>
    public void Add(SpoolKind kind, int payloadBytes, long segment) =>
        Length += SpoolFrame.Close(_bytes.AsSpan(End), kind, payloadBytes, segment);

    /// <summary>What is written into a file.</summary>
    public ReadOnlySpan<byte> Written(long segment)
    {
        SpoolFrame.Close(_bytes, SpoolKind.Synced, 0, segment);
        return _bytes.AsSpan(0, End);
    }

    /// <summary>Notes who waits for the records gathered so far.</summary>
    public void Wait(DurableWaiter waiter)
    {
        if (_groups.Count == 0 || _groups[^1].IsFull)
        {
            _groups.Add(WaiterGroup.Rent());
        }

        _groups[^1].Add(waiter);
        Waiters++;
    }

    /// <summary>Tells all who wait, and is empty again.</summary>
    /// <param name="failure">Why nothing is durable, or null when all is.</param>
    public void Complete(Exception? failure)
    {
        foreach (var group in _groups)
        {
            group.Release(failure);
        }

        Clear();
    }

    private void Clear()
    {
        const int bytesKept = 4 * 1024 * 1024;
        if (_bytes.Length > bytesKept)
        {
            _bytes = new byte[64 * 1024];
        }

        (Length, Waiters, FlushedBytes, LastSeq) = (0, 0, 0, 0);
        _groups.Clear();
    }
}
