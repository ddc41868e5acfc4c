using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Gates;

namespace Tallystick.Core.Licences;

/// <summary>A Token Status List (draft-ietf-oauth-status-list): two bits for each licence, compressed and signed.</summary>
public sealed class StatusList
{
    /// <summary><c>typ</c> of a signed list.</summary>
    public const string Type = "statuslist+jwt";

    /// <summary>Entries of a list at most, when one is read: a small answer must not become a large memory.</summary>
    public const int EntriesMost = 1 << 24;

    private const int Bits = 2;
    private const int EntriesPerByte = 8 / Bits;

    // Two bytes in front of the data and four behind it.
    private const int ZlibBytesLeast = 2 + sizeof(uint);
    private readonly byte[] _bytes;

    /// <summary>A list in which every entry is valid.</summary>
    /// <param name="entries">How many, at least one; rounded up to whole bytes.</param>
    public StatusList(int entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries, EntriesMost);
        _bytes = new byte[(entries + EntriesPerByte - 1) / EntriesPerByte];
    }

    private StatusList(byte[] bytes) => _bytes = bytes;

    /// <summary>How many entries there are.</summary>
    public int Count => _bytes.Length * EntriesPerByte;

    /// <summary>Reads the <c>lst</c> member: base64url of zlib (RFC 1950) of the bits.</summary>
    /// <exception cref="FormatException">Not base64url.</exception>
    /// <exception cref="InvalidDataException">
    /// Not zlib as a whole, or larger than <see cref="EntriesMost"/>. Part of a list is none: what it does not have would be nobody's.
    /// </exception>
    public static StatusList Decode(string lst)
    {
        var packed = Base64Url.DecodeFromChars(lst);
        if (packed.Length < ZlibBytesLeast || (packed[0] & 0xF) != 8 || (packed[1] & 0x20) != 0 || ((packed[0] << 8) | packed[1]) % 31 != 0)
        {
            throw new InvalidDataException("The list is not compressed as zlib does it.");
        }

        using var deflated = new MemoryStream(packed, 2, packed.Length - ZlibBytesLeast);
        using var inflate = new DeflateStream(deflated, CompressionMode.Decompress);
        var limit = (EntriesMost / EntriesPerByte) + 1;
        using var bytes = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = inflate.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length >= limit)
            {
                throw new InvalidDataException("The list is larger than a list may be.");
            }
        }

        // The framework's reader ends without a word where the data does; the checksum at the end tells (RFC 1950, 2.2).
        var all = bytes.ToArray();
        return Adler32(all) == BinaryPrimitives.ReadUInt32BigEndian(packed.AsSpan(packed.Length - sizeof(uint)))
            ? new(all)
            : throw new InvalidDataException("The list is not whole.");
    }

    /// <summary>Sets the status of an entry.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such entry.</exception>
    public void Set(int index, LicenceStatus status)
    {
        Require(index);
        // Section 4.1: the lowest index stands in the least significant bits.
        var shift = index % EntriesPerByte * Bits;
        ref var b = ref _bytes[index / EntriesPerByte];
        b = (byte)((b & ~(3 << shift)) | (((int)status & 3) << shift));
    }

    /// <summary>The status of an entry.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such entry: nothing is known, which is not the same as valid.</exception>
    public LicenceStatus Get(int index)
    {
        Require(index);
        return (LicenceStatus)((_bytes[index / EntriesPerByte] >> (index % EntriesPerByte * Bits)) & 3);
    }

    /// <summary>The <c>lst</c> member.</summary>
    public string Encode()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(_bytes);
        }

        return Base64Url.EncodeToString(packed.ToArray());
    }

    /// <summary>Signs the list as a JWT (section 5.1) with ES256.</summary>
    /// <param name="uri">Where it is served; <c>sub</c>, which must equal <c>status.status_list.uri</c> of a licence.</param>
    /// <param name="issued">Now.</param>
    /// <param name="expires">Not to be used after this.</param>
    /// <param name="ttlSeconds">How long a copy may be kept before it is fetched again.</param>
    /// <param name="key">A P-256 key with its private part.</param>
    /// <param name="kid">Its id.</param>
    public string Sign(string uri, DateTimeOffset issued, DateTimeOffset expires, int ttlSeconds, ECDsa key, string kid)
    {
        ArgumentNullException.ThrowIfNull(key);
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = kid, ["typ"] = Type };
        var payload = new JsonObject
        {
            ["sub"] = uri,
            ["iat"] = issued.ToUnixTimeSeconds(),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["ttl"] = ttlSeconds,
            ["status_list"] = new JsonObject { ["bits"] = Bits, ["lst"] = Encode() },
        };
        var input = $"{Part(header)}.{Part(payload)}";
        var signature = key.SignData(
            Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        P256Signature.MakeLow(signature);
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    private void Require(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint modulus = 65_521;
        // So many that the sums cannot overflow before they are reduced.
        const int stretch = 5_552;
        var (a, b) = (1u, 0u);
        while (!bytes.IsEmpty)
        {
            var some = bytes[..Math.Min(stretch, bytes.Length)];
            foreach (var one in some)
            {
                a += one;
                b += a;
            }

            (a, b) = (a % modulus, b % modulus);
            bytes = bytes[some.Length..];
        }

        return (b << 16) | a;
    }

    private static string Part(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}
