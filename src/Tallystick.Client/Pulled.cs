using Tallystick.Core.Ids;

namespace Tallystick.Client;

/// <summary>One file of a work, as a gate lists it.</summary>
/// <param name="Path">Relative, forward slashes.</param>
/// <param name="SizeBytes">Length.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record RemoteFile(UnitId UnitId, string Path, long SizeBytes, string Sha256, string MediaType);

/// <summary>A version of a work, as a gate lists it.</summary>
/// <param name="VersionId">Null when the gate does not say.</param>
public sealed record RemoteVersion(WorkId WorkId, VersionId? VersionId, IReadOnlyList<RemoteFile> Files);

/// <summary>How a pull is done.</summary>
/// <param name="Pass">Names the run: retries within a pass are one use. Null: one pass a day.</param>
/// <param name="Version">A certain version; null for the newest.</param>
/// <param name="Wanted">Which files; null for all.</param>
/// <param name="Prune">Removes files of earlier versions that were pulled into the folder and are as they were pulled.</param>
/// <param name="FilesAtOnce">From 1 to <see cref="FilesAtOnceMost"/>.</param>
public sealed record PullOptions(
    string? Pass = null, VersionId? Version = null, Func<RemoteFile, bool>? Wanted = null, bool Prune = false,
    int FilesAtOnce = PullOptions.FilesAtOnceUsually)
{
    /// <summary>Enough to hide the time until an answer begins; a gate and a disk gain nothing from many more.</summary>
    public const int FilesAtOnceUsually = 8;

    /// <summary>More would only be refused, or wait for each other.</summary>
    public const int FilesAtOnceMost = 64;
}

/// <summary>How far a pull has come.</summary>
/// <param name="File">The file that just moved on.</param>
/// <param name="BytesDone">Of all files, including what was there before.</param>
/// <param name="BytesTotal">Of all files.</param>
public sealed record PullProgress(RemoteFile File, long BytesDone, long BytesTotal);

/// <summary>What a pull did.</summary>
/// <param name="Files">Files that are now complete and verified.</param>
/// <param name="Skipped">Of these, how many were there already.</param>
/// <param name="BytesReceived">What went over the network in this run.</param>
/// <param name="Version">The version that is in the folder; null when the gate does not say.</param>
/// <param name="Removed">Files of earlier versions that were removed.</param>
/// <param name="Left">Files that are in the folder and not of this version, first those of earlier versions.</param>
public sealed record PullResult(
    int Files, int Skipped, long BytesReceived, VersionId? Version, IReadOnlyList<string> Removed, IReadOnlyList<LeftFile> Left);

/// <summary>A file in the folder that is not of the version that was pulled.</summary>
/// <param name="Why"><c>earlier_version</c>, <c>changed</c> (of an earlier version, and changed since) or <c>unknown</c>.</param>
public sealed record LeftFile(string Path, string Why);
