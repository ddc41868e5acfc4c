using System.Globalization;
using System.Text;
using Tallystick.Hosting;

namespace Tallystick.Server.Catalog;

/// <summary>The headers of tus 1.0.0, the protocol of uploads that go on after an interruption.</summary>
internal static class Tus
{
    public const string Version = "1.0.0";
    public const string Resumable = "Tus-Resumable";
    public const string Length = "Upload-Length";
    public const string Offset = "Upload-Offset";
    public const string Metadata = "Upload-Metadata";
    public const string Expires = "Upload-Expires";
    public const string PartType = "application/offset+octet-stream";

    private const int MetadataCharactersMost = 8 * 1024;

    /// <summary>The refusal of a client that speaks another version; every answer says which one is spoken here.</summary>
    public static Refusal? Refuse(HttpContext context)
    {
        context.Response.Headers[Resumable] = Version;
        return context.Request.Headers[Resumable].ToString() == Version
            ? null
            : CatalogProblems.UploadProtocol.With($"The header {Resumable} must be {Version}.");
    }

    /// <summary>A count of bytes in a header, or null.</summary>
    public static long? Number(HttpRequest request, string header) =>
        long.TryParse(request.Headers[header].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>
    /// <c>Upload-Metadata</c>: pairs of a key and a base64 value, apart by commas. Ours are <c>path</c>, <c>sha256</c>,
    /// <c>filetype</c> and <c>unit</c>.
    /// </summary>
    public static DescribedFile? Describe(HttpRequest request, long sizeBytes)
    {
        var text = request.Headers[Metadata].ToString();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Length > MetadataCharactersMost ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split(' ');
            var bytes = new byte[pair.Length];
            if (parts.Length > 2 || !Convert.TryFromBase64String(parts.Length == 2 ? parts[1] : "", bytes, out var written) ||
                !values.TryAdd(parts[0], Encoding.UTF8.GetString(bytes, 0, written)))
            {
                return null;
            }
        }

        return new DescribedFile(
            values.GetValueOrDefault("path", ""), values.GetValueOrDefault("sha256", ""), sizeBytes,
            values.GetValueOrDefault("filetype"), values.GetValueOrDefault("unit"));
    }
}
