using System.Buffers.Binary;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Spool;

/// <summary>Payloads of the records other than events. Fixed lengths, little endian; ids are 16 bytes big endian.</summary>
internal static class SpoolRecords
{
    public const int LeaseBytes = 16 + 1 + 8 + 8;
    public const int EpochBytes = 16 + 8;
    public const int LaterEpochBytes = 16 + 8 + 8;
    public const int ProgressBytes = 16 + 8;
    public const int TotalsBytes = 16 + 8 + 8;
    public const int UseBytes = 16 + 16 + 8 + 4;

    public static int Lease(Span<byte> to, LicenceId licence, Meter meter, LeaseState lease)
    {
        Id(to, licence.Value);
        to[16] = (byte)meter;
        Number(to[17..], lease.Total);
        Number(to[25..], lease.ExpiresMs);
        return LeaseBytes;
    }

    public static int IdAndNumber(Span<byte> to, Guid id, long number)
    {
        Id(to, id);
        Number(to[16..], number);
        return EpochBytes;
    }

    public static int LaterEpoch(Span<byte> to, Guid id, long epoch, long after)
    {
        Number(to[IdAndNumber(to, id, epoch)..], after);
        return LaterEpochBytes;
    }

    public static int Number(Span<byte> to, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, number);
        return sizeof(long);
    }

    public static int Id(Span<byte> to, Guid id)
    {
        id.TryWriteBytes(to, bigEndian: true, out var written);
        return written;
    }

    public static int Totals(Span<byte> to, LicenceTally tally)
    {
        Id(to, tally.LicenceId.Value);
        Number(to[16..], tally.Bytes);
        Number(to[24..], tally.Uses);
        return TotalsBytes;
    }

    public static int Use(Span<byte> to, LicenceId licence, UseKey use, int day)
    {
        Id(to, licence.Value);
        Id(to[16..], use.Unit.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[32..], use.Pass);
        BinaryPrimitives.WriteInt32LittleEndian(to[40..], day);
        return UseBytes;
    }

    public static Guid Id(ReadOnlySpan<byte> from) => new(from[..16], bigEndian: true);

    public static long Number(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadInt64LittleEndian(from);
}
