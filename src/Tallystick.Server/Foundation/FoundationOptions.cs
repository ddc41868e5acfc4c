using System.ComponentModel.DataAnnotations;

namespace Tallystick.Server.Foundation;

/// <summary><c>Tally:Server</c>.</summary>
internal sealed class FoundationOptions
{
    /// <summary>Npgsql connection string of the product's own database.</summary>
    [Required]
    public string Database { get; set; } = "";

    /// <summary>How this server is reached from outside, without a slash at the end: stands in tokens, links and receipts.</summary>
    [Required, Url]
    public string PublicUrl { get; set; } = "";

    /// <summary>How buyers reach the gate, without a slash at the end.</summary>
    [Required, Url]
    public string GateUrl { get; set; } = "";

    /// <summary>Folder for keys, blobs and tiles; must exist and be writable.</summary>
    [Required]
    public string DataFolder { get; set; } = "";

    /// <summary>Connections to PostgreSQL at most.</summary>
    [Range(4, 500)]
    public int DatabaseConnectionsMost { get; set; } = 40;

    /// <summary>Deliveries of an event that fail are repeated so often, at growing intervals; then they are set aside.</summary>
    [Range(1, 1_000)]
    public int EventAttemptsMost { get; set; } = 20;

    /// <summary>Days for which an event is kept after everybody handled it, and what was set aside after it was resolved.</summary>
    [Range(1, 3_650)]
    public int EventsKeptDays { get; set; } = 90;
}
