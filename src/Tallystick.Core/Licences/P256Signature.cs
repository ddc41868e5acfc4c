using System.Globalization;
using System.Numerics;

namespace Tallystick.Core.Licences;

/// <summary>
/// ECDSA signatures over P-256 as 64 bytes, r and s (RFC 7518, 3.4). (r, s) and (r, n − s) hold alike, and whoever has one can write
/// the other.
/// </summary>
internal static class P256Signature
{
    private const int ScalarBytes = 32;

    // FIPS 186-4, D.1.2.3.
    private static readonly BigInteger Order = BigInteger.Parse(
        "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Writes the spelling with the lower s in its place.</summary>
    public static void MakeLow(Span<byte> signature)
    {
        var scalar = signature[ScalarBytes..];
        var s = new BigInteger(scalar, isUnsigned: true, isBigEndian: true);
        if (s <= Order / 2)
        {
            return;
        }

        var low = Order - s;
        scalar.Clear();
        low.TryWriteBytes(scalar[(ScalarBytes - low.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
    }
}
