using Microsoft.Net.Http.Headers;
using Tallystick.Core.Catalog;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A file as whoever sends it describes it.</summary>
/// <param name="Unit"><c>file</c> or <c>shard</c>; null to let the name decide.</param>
internal sealed record DescribedFile(string Path, string Sha256, long SizeBytes, string? MediaType = null, string? Unit = null)
{
    public const string UsualMediaType = "application/octet-stream";

    private const int MediaTypeCharactersMost = 200;

    /// <summary>What is wrong with it, as errors of members that begin with <paramref name="prefix"/>.</summary>
    public void Check(InputErrors errors, string prefix, long sizeBytesMost)
    {
        // Stricter than for reading: what was stored before this rule is still found.
        if (PublishedPath.Fault(Path) is { } fault)
        {
            errors.Add(prefix + "path", fault);
        }

        errors.Require(BlobPath.IsSha256(Sha256), prefix + "sha256", "64 lower-case hexadecimal digits.")
            .Require(SizeBytes >= 0 && SizeBytes <= sizeBytesMost, prefix + "size_bytes", $"From 0 to {sizeBytesMost}.");
        CheckKind(errors, prefix + "unit", Unit);
        CheckMediaType(errors, prefix + "media_type", MediaType ?? UsualMediaType);
    }

    public static void CheckKind(InputErrors errors, string member, string? unit) =>
        errors.Require(unit is null or "file" or "shard", member, "file or shard.");

    public static void CheckMediaType(InputErrors errors, string member, string mediaType) => errors.Require(
        mediaType.Length <= MediaTypeCharactersMost && InputErrors.IsClean(mediaType, lines: false) &&
        MediaTypeHeaderValue.TryParse(mediaType, out _),
        member,
        "A media type.");

    public DraftFile ToDraft() => new(Path, Unit ?? DraftFile.KindOf(Path), Sha256, SizeBytes, MediaType ?? UsualMediaType);
}
