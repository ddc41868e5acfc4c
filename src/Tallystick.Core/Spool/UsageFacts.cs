using System.Buffers.Binary;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Spool;

/// <summary>What stays the same over all events of one delivery.</summary>
/// <param name="WorkId">The work.</param>
/// <param name="UnitId">The unit.</param>
/// <param name="LicenceId">The licence.</param>
/// <param name="Buyer">Pseudonym of the buyer.</param>
/// <param name="RequestId">The request.</param>
/// <param name="Pass">First 8 bytes, big endian, of SHA-256 of the pass.</param>
/// <param name="Evidence">How it was observed.</param>
public readonly record struct UsageFacts(
    WorkId WorkId, UnitId UnitId, LicenceId LicenceId, BuyerPseudonym Buyer, RequestId RequestId, ulong Pass, Evidence Evidence);

/// <summary>
/// Writes a usage event in the wire form of <c>usage.proto</c> without an object in between: a gate does it for every
/// request. A test holds it against the generated code byte by byte.
/// </summary>
public static class UsageEventWire
{
    /// <summary>No event is longer.</summary>
    public const int BytesMost = 160;

    /// <summary>Writes one event and says how many bytes it took.</summary>
    /// <param name="to">At least <see cref="BytesMost"/> bytes.</param>
    /// <param name="facts">Of the delivery.</param>
    /// <param name="seq">Its number; 0 is not written.</param>
    /// <param name="meter">What is counted.</param>
    /// <param name="quantity">How many.</param>
    /// <param name="timeMs">Milliseconds since 1970.</param>
    public static int Write(Span<byte> to, in UsageFacts facts, long seq, Meter meter, long quantity, long timeMs)
    {
        var at = 0;
        at += Number(to[at..], 1, checked((ulong)seq));
        at += Id(to[at..], 2, facts.WorkId.Value);
        at += Id(to[at..], 3, facts.UnitId.Value);
        at += Id(to[at..], 4, facts.LicenceId.Value);
        at += Id(to[at..], 5, facts.Buyer.Value);
        at += Number(to[at..], 6, (ulong)meter);
        at += Number(to[at..], 7, checked((ulong)quantity));
        at += Number(to[at..], 8, checked((ulong)timeMs));
        at += Number(to[at..], 9, (ulong)facts.Evidence);
        at += Id(to[at..], 10, facts.RequestId.Value);
        to[at++] = (11 << 3) | 2;
        to[at++] = sizeof(ulong);
        BinaryPrimitives.WriteUInt64BigEndian(to[at..], facts.Pass);
        return at + sizeof(ulong);
    }

    /// <summary>The number of an event that was written here; 0 when there is none.</summary>
    public static long SeqOf(ReadOnlySpan<byte> e)
    {
        if (e.IsEmpty || e[0] != 1 << 3)
        {
            return 0;
        }

        var value = 0UL;
        for (var i = 1; i < Math.Min(e.Length, 11); i++)
        {
            value |= (ulong)(e[i] & 0x7F) << (7 * (i - 1));
            if (e[i] < 0x80)
            {
                return unchecked((long)value);
            }
        }

        return 0;
    }

    /// <summary>Writes an event that was written here once more, under another number; says how many bytes it took.</summary>
    /// <param name="to">At least <see cref="BytesMost"/> bytes.</param>
    /// <param name="e">The event.</param>
    /// <param name="seq">Its number from now on.</param>
    public static int Renumber(Span<byte> to, ReadOnlySpan<byte> e, long seq)
    {
        var at = Number(to, 1, checked((ulong)seq));
        var rest = 1;
        while (e[rest] >= 0x80)
        {
            rest++;
        }

        rest++;
        e[rest..].CopyTo(to[at..]);
        return at + e.Length - rest;
    }

    /// <summary>
    /// Writes what goes to the server under a number whose event it refuses for good: numbers have no gaps, so something must
    /// stand there. It names the request and no licence, so that it is never charged and can be traced to what was set aside.
    /// </summary>
    /// <param name="to">At least <see cref="BytesMost"/> bytes.</param>
    /// <param name="seq">The number.</param>
    /// <param name="request">The request behind the refused event.</param>
    /// <param name="timeMs">When it was set aside, milliseconds since 1970.</param>
    public static int WritePlaceholder(Span<byte> to, long seq, RequestId request, long timeMs) => Write(
        to, new UsageFacts(default, default, default, default, request, 0, Evidence.GateFlushed), seq, Meter.BytesDelivered, 1, timeMs);

    /// <summary>Writes a base-128 number and says how many bytes it took.</summary>
    public static int Varint(Span<byte> to, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[at++] = (byte)((value & 0x7F) | 0x80);
        }

        to[at++] = (byte)value;
        return at;
    }

    private static int Number(Span<byte> to, int field, ulong value)
    {
        if (value == 0)
        {
            return 0;
        }

        to[0] = (byte)(field << 3);
        return 1 + Varint(to[1..], value);
    }

    private static int Id(Span<byte> to, int field, Guid value)
    {
        to[0] = (byte)((field << 3) | 2);
        to[1] = 16;
        value.TryWriteBytes(to[2..], bigEndian: true, out _);
        return 18;
    }
}
