using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>Several files of a draft in one request.</summary>
internal sealed record FileBatch(IReadOnlyList<DescribedFile> Files)
{
    /// <summary>Each is a lock that the database holds until the request is done.</summary>
    public const int FilesMost = 256;

    /// <summary>Content of all files of one request: it lies aside until all of it is there.</summary>
    public const long ContentBytesMost = 24L << 20;

    /// <summary>Of the description: paths and media types at their longest.</summary>
    public const int DescriptionBytesMost = 1 << 20;

    /// <summary>All that is wrong with it, or null.</summary>
    public Refusal? Refuse(long sizeBytesMost)
    {
        var errors = new InputErrors().Require(Files.Count is > 0 and <= FilesMost, "files", $"1 to {FilesMost} files.");
        for (var i = 0; i < Files.Count && i < FilesMost; i++)
        {
            // JSON may hold a null where the type does not.
            if (Files[i] is { } file)
            {
                file.Check(errors, $"files[{i}].", sizeBytesMost);
            }
            else
            {
                errors.Add($"files[{i}]", "A file.");
            }
        }

        return errors.Any ? errors.ToRefusal() : null;
    }
}
