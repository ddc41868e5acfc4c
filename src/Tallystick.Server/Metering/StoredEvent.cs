using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
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
    /// <summary>No quantity of one event reaches this: 4 PB, or 142 million years of seconds.</summary>
    public const long QuantityMost = 1L << 52;

    public const string CopySql =
        """
        copy metering.event (emitter, epoch, seq, ingest_day, work_id, unit_id, licence_id, buyer, meter, quantity,
          time_ms, evidence, request_id, pass) from stdin (format binary)
        """;

    /// <summary>Every column but the identity's first two and the day.</summary>
    public const string Columns =
        "seq, work_id, unit_id, licence_id, buyer, meter, quantity, time_ms, evidence, request_id, pass";

    /// <summary>False, and what is wrong, for anything that must not be stored.</summary>
    public static bool TryRead(UsageEvent wire, out StoredEvent stored, [NotNullWhen(false)] out string? problem)
    {
        stored = default;
        problem = wire switch
        {
            { Seq: 0 or > long.MaxValue } => "seq must be from 1 to 2^63-1",
            { Quantity: 0 or > QuantityMost } => "quantity must be from 1 to 2^52",
            { Meter: 0 or > (uint)Core.Usage.Meter.SecondsPlayed } => "meter is not known",
            { Evidence: 0 or > (uint)Core.Usage.Evidence.Declared } => "evidence is not known",
            { TimeMs: < 1_500_000_000_000 or > 32_503_680_000_000 } => "time_ms is not between 2017 and 3000",
            _ when wire.WorkId.Length != 16 || wire.UnitId.Length != 16 || wire.LicenceId.Length != 16 ||
                wire.Buyer.Length != 16 || wire.RequestId.Length != 16 => "ids must be 16 bytes",
            { Pass.Length: not 8 } => "pass must be 8 bytes",
            _ => null,
        };
        if (problem is not null)
        {
            return false;
        }

        stored = new StoredEvent(
            (long)wire.Seq,
            Id(wire.WorkId),
            Id(wire.UnitId),
            Id(wire.LicenceId),
            Id(wire.Buyer),
            (short)wire.Meter,
            (long)wire.Quantity,
            wire.TimeMs,
            (short)wire.Evidence,
            Id(wire.RequestId),
            BinaryPrimitives.ReadInt64BigEndian(wire.Pass.Span));
        return true;
    }

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

    private static Guid Id(ByteString bytes) => new(bytes.Span, bigEndian: true);

    private static ByteString Bytes(Guid id) => UnsafeByteOperations.UnsafeWrap(id.ToByteArray(bigEndian: true));
}
