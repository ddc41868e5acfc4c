namespace Tallystick.Crypto;

/// <summary>
/// ECDSA signatures in DER (X.690 section 10, SEC 1 section C.5) under the ledger's rule "fully canonical": one
/// encoding for every pair (r, s), both from 1 to n - 1, s in the lower half.
/// </summary>
public static class DerSignature
{
    /// <summary>Length of r followed by s, 32 bytes each, big endian.</summary>
    public const int CompactBytes = 64;

    private const byte Sequence = 0x30;
    private const byte Integer = 0x02;

    /// <summary>
    /// Reads r and s. False for anything but the one strict encoding: long-form lengths, padding, negative numbers,
    /// trailing bytes inside or outside, zero, r or s not below n, high s.
    /// </summary>
    /// <param name="signature">The DER bytes, 8 to 72.</param>
    /// <param name="compact">64 bytes; cleared when the answer is false.</param>
    public static bool TryRead(ReadOnlySpan<byte> signature, Span<byte> compact)
    {
        compact.Clear();
        if (compact.Length == CompactBytes && TryReadParts(signature, compact))
        {
            return true;
        }

        compact.Clear();
        return false;
    }

    /// <summary>Writes r and s (64 bytes, both in range, s low) as DER and returns the length, 72 at most.</summary>
    /// <exception cref="ArgumentException">A number is out of range or a buffer too short.</exception>
    public static int Write(ReadOnlySpan<byte> compact, Span<byte> signature)
    {
        Ed25519.CheckLength(compact.Length, CompactBytes, nameof(compact));
        if (signature.Length < Secp256k1.SignatureBytesMax)
        {
            throw new ArgumentException($"needs {Secp256k1.SignatureBytesMax} bytes", nameof(signature));
        }

        var r = compact[..32];
        var s = compact[32..];
        if (!Secp256k1Scalar.IsInRange(r) || !Secp256k1Scalar.IsInRange(s) || !Secp256k1Scalar.IsLow(s))
        {
            throw new ArgumentException("r and s must be from 1 to n - 1, s at most n/2", nameof(compact));
        }

        signature[0] = Sequence;
        var length = 2;
        length += WriteInteger(r, signature[length..]);
        length += WriteInteger(s, signature[length..]);
        signature[1] = (byte)(length - 2);
        return length;
    }

    private static bool TryReadParts(ReadOnlySpan<byte> signature, Span<byte> compact)
    {
        // Shortest: two integers of one byte. The length byte is below 128, hence always in the short form.
        if (signature.Length is < 8 or > Secp256k1.SignatureBytesMax
            || signature[0] != Sequence
            || signature[1] != signature.Length - 2)
        {
            return false;
        }

        var rest = signature[2..];
        return TryReadInteger(ref rest, compact[..32])
            && TryReadInteger(ref rest, compact[32..])
            && rest.IsEmpty
            && Secp256k1Scalar.IsInRange(compact[..32])
            && Secp256k1Scalar.IsInRange(compact[32..])
            && Secp256k1Scalar.IsLow(compact[32..]);
    }

    private static bool TryReadInteger(ref ReadOnlySpan<byte> rest, Span<byte> number)
    {
        if (rest.Length < 3 || rest[0] != Integer)
        {
            return false;
        }

        int length = rest[1];
        if (length is 0 or > 33 || length > rest.Length - 2)
        {
            return false;
        }

        var digits = rest.Slice(2, length);
        rest = rest[(2 + length)..];
        var negative = (digits[0] & 0x80) != 0;
        var padded = digits[0] == 0 && length > 1 && (digits[1] & 0x80) == 0;
        if (negative || padded)
        {
            return false;
        }

        if (length == 33)
        {
            // Not negative, and longer than 32 bytes: only a leading zero leaves a number that fits.
            if (digits[0] != 0)
            {
                return false;
            }

            digits = digits[1..];
        }

        digits.CopyTo(number[(32 - digits.Length)..]);
        return true;
    }

    private static int WriteInteger(ReadOnlySpan<byte> number, Span<byte> to)
    {
        var digits = number.TrimStart((byte)0);
        var sign = (digits[0] & 0x80) != 0 ? 1 : 0;
        to[0] = Integer;
        to[1] = (byte)(digits.Length + sign);
        to[2] = 0;
        digits.CopyTo(to[(2 + sign)..]);
        return 2 + sign + digits.Length;
    }
}
