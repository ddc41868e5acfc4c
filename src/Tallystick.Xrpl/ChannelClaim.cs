using System.Buffers.Binary;
using Tallystick.Crypto;

namespace Tallystick.Xrpl;

/// <summary>
/// A payer's signed permission to take up to an amount, in total, out of a payment channel. Claims are cumulative:
/// keep the highest and bill the difference.
/// </summary>
/// <remarks>
/// A good signature says nothing about the channel's funds, destination or expiry; read those from a validated ledger.
/// https://xrpl.org/docs/concepts/payment-types/payment-channels
/// </remarks>
/// <param name="Channel">The channel's id.</param>
/// <param name="Amount">Drops in total since the channel was opened.</param>
public readonly record struct ChannelClaim(Hash256 Channel, Drops Amount)
{
    /// <summary>Length of what is signed.</summary>
    public const int BlobBytes = 4 + Hash256.Bytes + sizeof(ulong);

    /// <summary>Writes what is signed: <c>CLM\0</c>, channel id, drops as 64 bits big endian.</summary>
    public void WriteBlob(Span<byte> blob)
    {
        "CLM\0"u8.CopyTo(blob);
        Channel.CopyTo(blob[4..]);
        BinaryPrimitives.WriteUInt64BigEndian(blob[(4 + Hash256.Bytes)..], Amount.Value);
    }

    /// <summary>Signs the claim with the key that the channel names.</summary>
    public byte[] Sign(KeyPair key)
    {
        Span<byte> blob = stackalloc byte[BlobBytes];
        WriteBlob(blob);
        return key.Sign(blob);
    }

    /// <summary>Whether the signature is this key's. Never throws, allocates nothing.</summary>
    public bool Verify(PublicKey publicKey, ReadOnlySpan<byte> signature, CryptoSuite? suite = null)
    {
        Span<byte> blob = stackalloc byte[BlobBytes];
        WriteBlob(blob);
        return publicKey.Verify(blob, signature, suite);
    }

    /// <summary>
    /// Checks a claim as it comes over the wire, all in hexadecimal (either case) but the drops. Anything malformed is
    /// false, as a bad signature is. Never throws, allocates nothing.
    /// </summary>
    public static bool Verify(
        ReadOnlySpan<char> publicKey,
        ReadOnlySpan<char> channel,
        Drops amount,
        ReadOnlySpan<char> signature,
        CryptoSuite? suite = null)
    {
        Span<byte> bytes = stackalloc byte[KeyPair.SignatureBytesMax];
        if (signature.Length > 2 * KeyPair.SignatureBytesMax)
        {
            return false;
        }

        bytes = bytes[..(signature.Length / 2)];
        return PublicKey.TryParse(publicKey, out var key)
            && Hash256.TryParse(channel, out var id)
            && Hex.TryRead(signature, bytes)
            && new ChannelClaim(id, amount).Verify(key, bytes, suite);
    }
}
