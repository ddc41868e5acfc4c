using System.Numerics;
using System.Security.Cryptography;
using Tallystick.Crypto;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>Signatures as rippled judges them.</summary>
internal static class Signatures
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger L = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
    private static readonly BigInteger D = Mod(-121665 * BigInteger.ModPow(121666, P - 2, P));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (P - 1) / 4, P);
    private static readonly (BigInteger X, BigInteger Y) Base = BasePoint();

    /// <summary>33 bytes beginning with 02, 03 or ED, and a point of the curve where that can be told.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> key) => key.Length == 33 && key[0] is 2 or 3 or 0xED;

    /// <summary>Ed25519 signs the text itself, secp256k1 its SHA-512Half.</summary>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (!IsPublicKey(key)) return false;
        if (key[0] == 0xED)
            return Ed25519.Verify(key[1..], text, signature) || VerifySmallOrder(key[1..], text, signature);
        Span<byte> digest = stackalloc byte[32];
        Sha512Half.Hash(text, digest);
        return Secp256k1.Verify(key, digest, signature);
    }

    /// <summary>
    /// rippled takes public keys of small order, which sign everything; our library refuses them. A node must be as
    /// lax as the real one, so these few are computed the slow way: R = [S]B - [h]A, without cofactor.
    /// </summary>
    private static bool VerifySmallOrder(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 64 || Decode(key) is not { } a) return false;
        var s = new BigInteger(signature[32..], isUnsigned: true);
        if (s >= L || Multiply(8, a) != (BigInteger.Zero, BigInteger.One)) return false;
        var h = new BigInteger(SHA512.HashData([.. signature[..32], .. key, .. text]), isUnsigned: true) % L;
        var r = Add(Multiply(s, Base), Multiply(h, (Mod(-a.X), a.Y)));
        return Encode(r).AsSpan().SequenceEqual(signature[..32]);
    }

    private static BigInteger Mod(BigInteger n) => ((n % P) + P) % P;

    private static (BigInteger X, BigInteger Y) BasePoint()
    {
        var encoded = Encode((BigInteger.Zero, Mod(4 * BigInteger.ModPow(5, P - 2, P))));
        return Decode(encoded)!.Value;
    }

    private static (BigInteger X, BigInteger Y)? Decode(ReadOnlySpan<byte> encoded)
    {
        Span<byte> bytes = stackalloc byte[32];
        encoded.CopyTo(bytes);
        var odd = bytes[31] >> 7;
        bytes[31] &= 0x7F;
        var y = new BigInteger(bytes, isUnsigned: true);
        var square = Mod((y * y - 1) * BigInteger.ModPow(D * y * y + 1, P - 2, P));
        var x = BigInteger.ModPow(square, (P + 3) / 8, P);
        if (Mod(x * x) != square) x = Mod(x * RootOfMinusOne);
        if (Mod(x * x) != square) return null;
        return ((x.IsEven ? 0 : 1) == odd ? x : Mod(-x), y);
    }

    private static byte[] Encode((BigInteger X, BigInteger Y) point)
    {
        var bytes = new byte[32];
        point.Y.TryWriteBytes(bytes, out _, isUnsigned: true);
        if (!point.X.IsEven) bytes[31] |= 0x80;
        return bytes;
    }

    private static (BigInteger X, BigInteger Y) Add((BigInteger X, BigInteger Y) a, (BigInteger X, BigInteger Y) b)
    {
        var product = Mod(D * a.X * b.X % P * a.Y * b.Y);
        return (Mod((a.X * b.Y + b.X * a.Y) * BigInteger.ModPow(1 + product, P - 2, P)),
            Mod((a.Y * b.Y + a.X * b.X) * BigInteger.ModPow(Mod(1 - product), P - 2, P)));
    }

    private static (BigInteger X, BigInteger Y) Multiply(BigInteger times, (BigInteger X, BigInteger Y) point)
    {
        var sum = (X: BigInteger.Zero, Y: BigInteger.One);
        for (; times > 0; times >>= 1)
        {
            if (!times.IsEven) sum = Add(sum, point);
            point = Add(point, point);
        }
        return sum;
    }
}
