using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tallystick.Crypto;

/// <summary>One way to compute Ed25519 on this machine. All of them give the same answer to every input.</summary>
public abstract class Ed25519Path
{
    private protected Ed25519Path(string name) => Name = name;

    /// <summary>The library behind it: <c>libsodium</c> or <c>libcrypto</c>.</summary>
    public string Name { get; }

    /// <inheritdoc cref="Ed25519.Verify"/>
    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.Length == Ed25519.PublicKeyBytes
        && signature.Length == Ed25519.SignatureBytes
        && IsAcceptablePoint(publicKey)
        && IsAcceptablePoint(signature[..32])
        && IsBelowOrder(signature[32..])
        && VerifyChecked(publicKey, message, signature);

    /// <summary>The equation itself. Lengths, S and small orders were checked.</summary>
    private protected abstract bool VerifyChecked(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    internal abstract SafeHandle OpenKey(ReadOnlySpan<byte> seed, Span<byte> publicKey);

    internal abstract void Sign(SafeHandle key, ReadOnlySpan<byte> message, Span<byte> signature);

    // y below p = 2^255 - 19, and not the y of one of the eight points whose order divides 8. Those are, beside the
    // encodings that y < p already refuses: 0, 1, p - 1 and the two of order 8. The sign bit of x does not matter.
    private static bool IsAcceptablePoint(ReadOnlySpan<byte> point)
    {
        var y0 = BinaryPrimitives.ReadUInt64LittleEndian(point);
        var y1 = BinaryPrimitives.ReadUInt64LittleEndian(point[8..]);
        var y2 = BinaryPrimitives.ReadUInt64LittleEndian(point[16..]);
        var y3 = BinaryPrimitives.ReadUInt64LittleEndian(point[24..]) & 0x7fff_ffff_ffff_ffff;

        if (y3 == 0x7fff_ffff_ffff_ffff && (y2 & y1) == ulong.MaxValue)
        {
            return y0 < 0xffff_ffff_ffff_ffec;
        }

        return (y0, y1, y2, y3) switch
        {
            (0 or 1, 0, 0, 0) => false,
            (0xb027_b2c2_8f95_e826, 0xf098_eff2_89f4_c345, 0x3933_c6d3_05ac_dfd5, 0x05fc_536d_8802_38b1) => false,
            (0x4fd8_4d3d_706a_17c7, 0x0f67_100d_760b_3cba, 0xc6cc_392c_fa53_202a, 0x7a03_ac92_77fd_c74e) => false,
            _ => true,
        };
    }

    // S < L = 2^252 + 27742317777372353535851937790883648493, little endian (RFC 8032 section 5.1.7 step 1).
    private static bool IsBelowOrder(ReadOnlySpan<byte> scalar)
    {
        var s3 = BinaryPrimitives.ReadUInt64LittleEndian(scalar[24..]);
        if (s3 != 0x1000_0000_0000_0000)
        {
            return s3 < 0x1000_0000_0000_0000;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(scalar[16..]) != 0)
        {
            return false;
        }

        var s1 = BinaryPrimitives.ReadUInt64LittleEndian(scalar[8..]);
        return s1 != 0x14de_f9de_a2f7_9cd6
            ? s1 < 0x14de_f9de_a2f7_9cd6
            : BinaryPrimitives.ReadUInt64LittleEndian(scalar) < 0x5812_631a_5cf5_d3ed;
    }
}
