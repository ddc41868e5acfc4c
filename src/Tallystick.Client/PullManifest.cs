using System.Text.Json;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;

namespace Tallystick.Client;

/// <summary>A file as it was pulled.</summary>
public sealed record PulledFile(string Path, string Sha256, long SizeBytes);

/// <summary>
/// What is in a folder: which version of which work, and every file with its hash. It is what a training run says it was trained on,
/// and what the next pull knows earlier files by. Written to <see cref="Path"/> below the folder.
/// </summary>
/// <param name="VersionHash">
/// The hash that the version was published under, computed from the gate's list: whoever asks the server for the version finds the same.
/// </param>
/// <param name="Pass">The run's name; null for the pass of the day.</param>
/// <param name="PulledAt">UTC.</param>
/// <param name="Files">Files of this version that are in the folder, in order of path.</param>
/// <param name="Earlier">Files of earlier versions that still lie there.</param>
public sealed record PullManifest(
    WorkId WorkId, VersionId? VersionId, string VersionHash, string Gate, string? Pass, DateTimeOffset PulledAt,
    IReadOnlyList<PulledFile> Files, IReadOnlyList<PulledFile> Earlier)
{
    /// <summary>Below the folder that was pulled into.</summary>
    public const string Path = Core.Catalog.ConfinedPath.StateFolder + "/manifest.json";

    private const long BytesMost = 256 * 1024 * 1024;

    private static readonly JsonSerializerOptions Written = new(TallyJson.Options) { WriteIndented = true };

    private static readonly JsonSerializerOptions Reading = new(TallyJson.Options)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>What an earlier pull left in a folder; null when there was none, or nobody can read it any more.</summary>
    public static async Task<PullManifest?> Read(string folder, CancellationToken stop)
    {
        var file = new FileInfo(System.IO.Path.Combine(folder, Path));
        if (!file.Exists || file.LinkTarget is not null || file.Length > BytesMost)
        {
            return null;
        }

        try
        {
            await using var content = file.OpenRead();
            return await JsonSerializer.DeserializeAsync<PullManifest>(content, Reading, stop);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal async Task Write(string path, CancellationToken stop)
    {
        var aside = path + ".new";
        await File.WriteAllBytesAsync(aside, JsonSerializer.SerializeToUtf8Bytes(this, Written), stop);
        File.Move(aside, path, overwrite: true);
    }
}
