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
}
