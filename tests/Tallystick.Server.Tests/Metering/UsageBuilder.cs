using System.Buffers.Binary;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Metering;

namespace Tallystick.Server.Tests.Metering;

/// <summary>Events of one made-up gate; the same seed gives the same events.</summary>
internal sealed class UsageBuilder(int seed)
{
    public GateId Gate { get; } = new(new Guid(seed, 1, 1, [1, 1, 1, 1, 1, 1, 1, 1]));

    public LicenceId Licence { get; } = new(new Guid(seed, 2, 2, [2, 2, 2, 2, 2, 2, 2, 2]));

    public WorkId Work { get; } = new(new Guid(seed, 3, 3, [3, 3, 3, 3, 3, 3, 3, 3]));

    public IngestUsage.Batch Batch(long firstSeq, int count, long epoch = 1) =>
        new(Gate, epoch, [.. Enumerable.Range(0, count).Select(i => Event(firstSeq + i))]);

    private StoredEvent Event(long seq)
    {
        // By sequence number and not by order of asking: a duplicate must be equal to what came first.
        Span<byte> request = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(request, seq);
        BinaryPrimitives.WriteInt32BigEndian(request[8..], seed);
        return new StoredEvent(
            seq,
            Work.Value,
            Work.Value,
            Licence.Value,
            Gate.Value,
            (short)Meter.BytesDelivered,
            1_000 + (seq % 7),
            1_790_000_000_000 + (seq * 1_000),
            (short)Evidence.GateFlushed,
            new Guid(request, bigEndian: true),
            seq);
    }

    /// <summary>Total quantity of the events 1 to <paramref name="last"/>.</summary>
    public static long Total(long last)
    {
        var sum = 0L;
        for (var seq = 1L; seq <= last; seq++)
        {
            sum += 1_000 + (seq % 7);
        }

        return sum;
    }
}
