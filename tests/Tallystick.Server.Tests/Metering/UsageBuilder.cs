using System.Buffers.Binary;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Server.Metering;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

/// <summary>Events of one made-up gate; the same seed gives the same events.</summary>
internal sealed class UsageBuilder(int seed)
{
    private static readonly long Began = TimeProvider.System.GetUtcNow().AddDays(-2).ToUnixTimeMilliseconds();

    public GateId Gate { get; } = new(new Guid(seed, 1, 1, [1, 1, 1, 1, 1, 1, 1, 1]));

    public LicenceId Licence { get; } = new(new Guid(seed, 2, 2, [2, 2, 2, 2, 2, 2, 2, 2]));

    public WorkId Work { get; } = new(new Guid(seed, 3, 3, [3, 3, 3, 3, 3, 3, 3, 3]));

    /// <summary>Makes the server know the gate, its epoch, the work and the licence, whose meters need no lease.</summary>
    public Task Known(TestServer server, OrganisationId? buyer = null, long lastEpoch = 1) => server.Database.InTransaction(
        tx => tx.Execute(
            """
            insert into access.gate (id, name, last_epoch, created_at) values (@Gate, @Gate::text, @lastEpoch, now());
            insert into catalog.work (id, creator, title, description, kind, source_name, source_licence, unit_id, created_at)
            values (@Work, @Owner, 'A work', '', 'dataset', '', '', @Work, now());
            insert into metering.licence (licence_id, work_id, buyer, creator, pseudonym)
            values (@Licence, @Work, @Owner, @Owner, @Gate);
            """,
            new { Gate, Work, Licence, lastEpoch, Owner = buyer ?? new OrganisationId(new Guid(seed, 4, 4, new byte[8])) }),
        TestContext.Current.CancellationToken);

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
            Began + (seq * 1_000),
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
