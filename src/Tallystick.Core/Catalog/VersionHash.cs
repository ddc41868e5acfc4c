using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;

namespace Tallystick.Core.Catalog;

/// <summary>One file as the hash of its version sees it.</summary>
/// <param name="Path">See <see cref="FilePath"/>.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="SizeBytes">Length.</param>
/// <param name="MediaType">Content-Type.</param>
public sealed record HashedFile(string Path, string Sha256, long SizeBytes, string MediaType);

/// <summary>What names the content of a version: whoever has the files can compute it again.</summary>
public static class VersionHash
{
    /// <summary>
    /// SHA-256, unpadded base64url, of the canonical JSON (RFC 8785)
    /// <c>{"files":[{"media_type","path","sha256","size_bytes"}…],"work_id"}</c> with the files in ordinal order of path.
    /// </summary>
    public static string Of(WorkId work, IEnumerable<HashedFile> files)
    {
        var list = new JsonArray();
        foreach (var file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            list.Add(new JsonObject
            {
                ["path"] = file.Path,
                ["sha256"] = file.Sha256,
                ["size_bytes"] = file.SizeBytes,
                ["media_type"] = file.MediaType,
            });
        }

        return CanonicalJson.Sha256Base64Url(new JsonObject { ["work_id"] = work.ToString(), ["files"] = list });
    }
}
