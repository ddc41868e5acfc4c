using System.Globalization;
using Microsoft.Extensions.Primitives;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Gate.Delivery;

namespace Tallystick.Gate.Feed;

/// <summary>A file that can be asked for, with everything that an answer says about it made ready.</summary>
internal sealed class FileEntry(WorkId work, FeedFile file, Blob blob)
{
    public WorkId WorkId { get; } = work;

    public FeedFile File { get; } = file;

    public UnitId UnitId { get; } = file.UnitId;

    public Blob Blob { get; } = blob;

    public long SizeBytes { get; } = file.SizeBytes;

    public StringValues ETag { get; } = $"\"{file.Sha256}\"";

    /// <summary>Empty when it is not known.</summary>
    public StringValues LastModified { get; } =
        file.ModifiedAt is { } at ? at.ToUniversalTime().ToString("R", CultureInfo.InvariantCulture) : StringValues.Empty;

    /// <summary>A download, never a page: under its own name, the last part of its path.</summary>
    public StringValues Disposition { get; } =
        $"attachment; filename*=UTF-8''{Uri.EscapeDataString(file.Path[(file.Path.LastIndexOf('/') + 1)..])}";

    public StringValues ContentType { get; } = file.MediaType;
}
