using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Access;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// The framing of several ranges in one answer (<c>multipart/byteranges</c>, RFC 9110, 14.6). It is ours and not the creator's: it
/// counts for the length of the answer, and neither for a use nor for a price.
/// </summary>
internal sealed class MultipartRanges
{
    private readonly List<byte[]> _heads;

    public MultipartRanges(IReadOnlyList<ByteRange> parts, string contentType, long sizeBytes)
    {
        // Made at random for each answer: whoever made the content must not be able to write it into it.
        var boundary = RandomNumberGenerator.GetHexString(32, lowercase: true);
        ContentType = $"multipart/byteranges; boundary={boundary}";
        _heads = [.. parts.Select((p, i) => Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{(i == 0 ? "" : "\r\n")}--{boundary}\r\nContent-Type: {contentType}\r\nContent-Range: bytes {p.Offset}-{p.Offset + p.Length - 1}/{sizeBytes}\r\n\r\n")))];
        End = Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n");
    }

    public string ContentType { get; }

    /// <summary>Bytes of the answer that are no content.</summary>
    public long Bytes => _heads.Sum(h => (long)h.Length) + End.Length;

    /// <summary>What stands after the last part.</summary>
    public ReadOnlyMemory<byte> End { get; }

    /// <summary>What stands in front of a part.</summary>
    public ReadOnlyMemory<byte> HeadOf(int part) => _heads[part];
}
