using System.Buffers.Binary;
using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using Tallystick.Core.Usage.Wire;

namespace Tallystick.Server.Metering;

/// <summary>A usage event as it stands in the table, and its way from and to the wire. All columns, in table order.</summary>
internal readonly record struct StoredEvent(
    long Seq,
    Guid WorkId,
    Guid UnitId,
    Guid LicenceId,
    Guid Buyer,
    short Meter,
    long Quantity,
    long TimeMs,
    short Evidence,
    Guid RequestId,
    long Pass)
{
    /// <summary>No quantity of one event passes this: 4 PB, or 142 million years of seconds.</summary>
    public const long QuantityMost = 1L << 52;

    // The last millisecond that a date can name.
    private const long TimeMsMost = 253_402_300_799_999;

    public const string CopySql =
        """
        copy metering.event (emitter, epoch, seq, ingest_day, work_id, unit_id, licence_id, buyer, meter, quantity,
          time_ms, evidence, request_id, pass) from stdin (format binary)
        """;

    /// <summary>Every column but the identity's first two and the day.</summary>
    public const string Columns =
        "seq, work_id, unit_id, licence_id, buyer, meter, quantity, time_ms, evidence, request_id, pass";

    /// <summary>
    /// Whatever was sent, as far as a row can hold it and a seal can sign it: numbers stop there, a quantity just beyond the
    /// most that counts; an id of another length is all zeros, which no licence has. Nothing is refused here, because that would stop every later event of the gate; what
    /// makes no sense is set aside before it counts. The same bytes always give the same row.
    /// </summary>
    public static StoredEvent Read(UsageEvent wire) => new(
        (long)Math.Min(wire.Seq, long.MaxValue),
        Id(wire.WorkId),
        Id(wire.UnitId),
        Id(wire.LicenceId),
        Id(wire.Buyer),
        (short)Math.Min(wire.Meter, short.MaxValue),
        (long)Math.Min(wire.Quantity, QuantityMost + 1),
        Math.Clamp(wire.TimeMs, 0, TimeMsMost),
        (short)Math.Min(wire.Evidence, short.MaxValue),
        Id(wire.RequestId),
        wire.Pass.Length == 8 ? BinaryPrimitives.ReadInt64BigEndian(wire.Pass.Span) : 0);

    /// <summary>The event again, to the byte: seals hash it.</summary>
    public UsageEvent ToWire()
    {
        var pass = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(pass, Pass);
        return new UsageEvent
        {
            Seq = (ulong)Seq,
            WorkId = Bytes(WorkId),
            UnitId = Bytes(UnitId),
            LicenceId = Bytes(LicenceId),
            Buyer = Bytes(Buyer),
            Meter = (uint)Meter,
            Quantity = (ulong)Quantity,
            TimeMs = TimeMs,
            Evidence = (uint)Evidence,
            RequestId = Bytes(RequestId),
            Pass = ByteString.CopyFrom(pass),
        };
    }

    public void Write(NpgsqlBinaryImporter rows, Guid emitter, long epoch, DateOnly day)
    {
        rows.StartRow();
        rows.Write(emitter, NpgsqlDbType.Uuid);
        rows.Write(epoch, NpgsqlDbType.Bigint);
        rows.Write(Seq, NpgsqlDbType.Bigint);
        rows.Write(day, NpgsqlDbType.Date);
        rows.Write(WorkId, NpgsqlDbType.Uuid);
        rows.Write(UnitId, NpgsqlDbType.Uuid);
        rows.Write(LicenceId, NpgsqlDbType.Uuid);
        rows.Write(Buyer, NpgsqlDbType.Uuid);
        rows.Write(Meter, NpgsqlDbType.Smallint);
        rows.Write(Quantity, NpgsqlDbType.Bigint);
        rows.Write(TimeMs, NpgsqlDbType.Bigint);
        rows.Write(Evidence, NpgsqlDbType.Smallint);
        rows.Write(RequestId, NpgsqlDbType.Uuid);
        rows.Write(Pass, NpgsqlDbType.Bigint);
    }

    private static Guid Id(ByteString bytes) => bytes.Length == 16 ? new(bytes.Span, bigEndian: true) : Guid.Empty;

    private static ByteString Bytes(Guid id) => UnsafeByteOperations.UnsafeWrap(id.ToByteArray(bigEndian: true));
}
