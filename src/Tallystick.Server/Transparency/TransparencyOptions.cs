using System.ComponentModel.DataAnnotations;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency;

/// <summary><c>Tally:Transparency</c>. Folders that are left empty lie in the data folder.</summary>
internal sealed class TransparencyOptions
{
    /// <summary>
    /// The log's name in every checkpoint, customarily its URL without the scheme. It is written into the key when
    /// that is made and never changes; left empty it is the server's public host and <c>/log</c>.
    /// </summary>
    [RegularExpression(@"[^\s+]*", ErrorMessage = "The origin has neither spaces nor '+'.")]
    [StringLength(200)]
    public string Origin { get; set; } = "";

    /// <summary>Checkpoint and tiles, as they are served. Derived from the database; any static host can serve a copy.</summary>
    public string TilesFolder { get; set; } = "";

    /// <summary>
    /// The last published checkpoint, kept apart: a restore of database and tiles must not bring an old one back. Put it
    /// on another disk or machine.
    /// </summary>
    public string PublishedFolder { get; set; } = "";

    /// <summary>The log's signing key; made at the first start, readable by its owner only.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>Least time between two checkpoints: entries that arrive meanwhile share the next one.</summary>
    [Range(1, 200)]
    public int BatchMilliseconds { get; set; } = 50;

    public TimeSpan BatchInterval => TimeSpan.FromMilliseconds(BatchMilliseconds);
}

/// <summary>Where the log lives and what it is called: the options, with defaults for what was left empty.</summary>
internal sealed class LogPlaces(TransparencyOptions options, FoundationOptions foundation)
{
    public string TilesFolder { get; } = OrElse(options.TilesFolder, Path.Combine(foundation.DataFolder, "log"));

    public string PublishedFolder { get; } =
        OrElse(options.PublishedFolder, Path.Combine(foundation.DataFolder, "log-published"));

    public string KeyFile { get; } = OrElse(options.KeyFile, Path.Combine(foundation.DataFolder, "keys", "log.key"));

    /// <summary>The name of a log that is new.</summary>
    public string Origin { get; } = OrElse(options.Origin, Derived(foundation.PublicUrl));

    /// <summary>False when nobody chose the origin: then the one in an existing key is kept, whatever the URL is today.</summary>
    public bool OriginIsChosen { get; } = options.Origin.Length > 0;

    private static string Derived(string publicUrl)
    {
        var url = new Uri(publicUrl, UriKind.Absolute);
        return url.Authority + url.AbsolutePath.TrimEnd('/') + "/log";
    }

    private static string OrElse(string given, string otherwise) => given.Length > 0 ? given : otherwise;
}
