using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Catalog;

/// <summary><c>Tally:Catalog</c>.</summary>
internal sealed class CatalogOptions
{
    /// <summary>Largest file, in bytes.</summary>
    [Range(1, 1L << 40)]
    public long FileBytesMost { get; set; } = 64L << 30;

    /// <summary>Bytes that one organisation stores, in all versions together.</summary>
    [Range(1, 1L << 50)]
    public long StoredBytesMost { get; set; } = 10L << 30;

    /// <summary>Unfinished uploads of one organisation at the same time.</summary>
    [Range(1, 10_000)]
    public int UploadsMost { get; set; } = 64;

    /// <summary>An unfinished upload that nothing came to for so long is removed.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan UploadsKeptFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Files of a version at most: all of them travel to the gates in one entry of the feed.</summary>
    [Range(1, 100_000)]
    public int FilesMost { get; set; } = 20_000;
}
