using System.Buffers.Binary;

namespace Tallystick.Crypto;

/// <summary>Numbers modulo the group order n of secp256k1 (SEC 2 section 2.4.1), 32 bytes big endian.</summary>
internal static class Secp256k1Scalar
{
    private const ulong N0 = 0xbfd2_5e8c_d036_4141;
    private const ulong N1 = 0xbaae_dce6_af48_a03b;
    private const ulong N2 = 0xffff_ffff_ffff_fffe;
    private const ulong N3 = 0xffff_ffff_ffff_ffff;

    /// <summary>n, big endian.</summary>
    public static ReadOnlySpan<byte> Order =>
    [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
        0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];

    /// <summary>(n - 1) / 2, the largest S that is "low".</summary>
    public static ReadOnlySpan<byte> HalfOrder =>
    [
        0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
    ];

    /// <summary>1 ≤ value ≤ n - 1, without branches on the value: it may be a secret.</summary>
    public static bool IsInRange(ReadOnlySpan<byte> value)
    {
        Load(value, out var v0, out var v1, out var v2, out var v3);
        var borrow = Subtract(ref v0, ref v1, ref v2, ref v3);
        Load(value, out var w0, out var w1, out var w2, out var w3);
        return (borrow != 0) & ((w0 | w1 | w2 | w3) != 0);
    }

    /// <summary>value ≤ (n - 1) / 2, for public numbers.</summary>
    public static bool IsLow(ReadOnlySpan<byte> value) => value.SequenceCompareTo(HalfOrder) <= 0;

    /// <summary>(left + right) mod n, in constant time; the sum must be below 2n.</summary>
    public static void Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> sum)
    {
        Load(left, out var a0, out var a1, out var a2, out var a3);
        Load(right, out var b0, out var b1, out var b2, out var b3);
        unchecked
        {
            UInt128 t = (UInt128)a0 + b0;
            var s0 = (ulong)t;
            t = (t >> 64) + a1 + b1;
            var s1 = (ulong)t;
            t = (t >> 64) + a2 + b2;
            var s2 = (ulong)t;
            t = (t >> 64) + a3 + b3;
            var s3 = (ulong)t;
            var carry = (ulong)(t >> 64);

            var (r0, r1, r2, r3) = (s0, s1, s2, s3);
            var borrow = Subtract(ref r0, ref r1, ref r2, ref r3);
            // Take the reduced value when the sum overflowed 2^256 or was not below n.
            var reduced = 0UL - (carry | (1 - borrow));
            Store(
                sum,
                (s0 & ~reduced) | (r0 & reduced),
                (s1 & ~reduced) | (r1 & reduced),
                (s2 & ~reduced) | (r2 & reduced),
                (s3 & ~reduced) | (r3 & reduced));
        }
    }

    /// <summary>value mod n for any 32 bytes: n is above 2^255, so one subtraction is enough.</summary>
    public static void Reduce(ReadOnlySpan<byte> value, Span<byte> reduced)
    {
        Span<byte> zero = stackalloc byte[32];
        zero.Clear();
        Add(value, zero, reduced);
    }

    // v -= n; returns the borrow (1 when v was below n).
    private static ulong Subtract(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        unchecked
        {
            UInt128 t = (UInt128)v0 - N0;
            v0 = (ulong)t;
            t = (UInt128)v1 - N1 - ((ulong)(t >> 64) & 1);
            v1 = (ulong)t;
            t = (UInt128)v2 - N2 - ((ulong)(t >> 64) & 1);
            v2 = (ulong)t;
            t = (UInt128)v3 - N3 - ((ulong)(t >> 64) & 1);
            v3 = (ulong)t;
            return (ulong)(t >> 64) & 1;
        }
    }

    private static void Load(ReadOnlySpan<byte> value, out ulong v0, out ulong v1, out ulong v2, out ulong v3)
    {
        v3 = BinaryPrimitives.ReadUInt64BigEndian(value);
        v2 = BinaryPrimitives.ReadUInt64BigEndian(value[8..]);
        v1 = BinaryPrimitives.ReadUInt64BigEndian(value[16..]);
        v0 = BinaryPrimitives.ReadUInt64BigEndian(value[24..]);
    }

    private static void Store(Span<byte> value, ulong v0, ulong v1, ulong v2, ulong v3)
    {
        BinaryPrimitives.WriteUInt64BigEndian(value, v3);
        BinaryPrimitives.WriteUInt64BigEndian(value[8..], v2);
        BinaryPrimitives.WriteUInt64BigEndian(value[16..], v1);
        BinaryPrimitives.WriteUInt64BigEndian(value[24..], v0);
    }
}
