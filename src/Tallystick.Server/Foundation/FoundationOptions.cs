using System.ComponentModel.DataAnnotations;
using System.Net;
using Tallystick.Hosting.Listening;

namespace Tallystick.Server.Foundation;

/// <summary><c>Tally:Server</c>.</summary>
internal sealed class FoundationOptions : IValidatableObject
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

    /// <summary>
    /// Names under which this server answers besides that of <see cref="PublicUrl"/> and those of the machine itself: how
    /// gates or proxies inside the own network reach it. Without port; <c>*.inside.example</c> takes every name below.
    /// </summary>
    [MaxLength(50)]
    public string[] AllowedHosts { get; set; } = [];

    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of the proxies in front of this server. Only their X-Forwarded-For and
    /// X-Forwarded-Proto are believed; without any, those headers mean nothing.
    /// </summary>
    [MaxLength(50)]
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>Whom to tell of a hole: a <c>mailto:</c>, <c>https:</c> or <c>tel:</c> address for <c>/.well-known/security.txt</c>.</summary>
    [RegularExpression("^(mailto:|https:|tel:)[!-~]{1,300}$", ErrorMessage = "Must be a mailto:, https: or tel: address.")]
    public string? SecurityContact { get; set; }

    /// <summary>Connections to PostgreSQL at most.</summary>
    [Range(4, 500)]
    public int DatabaseConnectionsMost { get; set; } = 40;

    /// <summary>Deliveries of an event that fail are repeated so often, at growing intervals; then they are set aside.</summary>
    [Range(1, 1_000)]
    public int EventAttemptsMost { get; set; } = 20;

    /// <summary>Days for which an event is kept after everybody handled it, and what was set aside after it was resolved.</summary>
    [Range(1, 3_650)]
    public int EventsKeptDays { get; set; } = 90;

    /// <summary>A worker that fails for longer makes the server not ready; shorter is a database that restarts.</summary>
    [Range(1, 86_400)]
    public int WorkerFailingSecondsMost { get; set; } = 60;

    /// <summary>With fewer megabytes free on the disk of <see cref="DataFolder"/> the server is not ready.</summary>
    [Range(1, int.MaxValue)]
    public int DiskMegabytesLeast { get; set; } = 64;

    /// <summary>Connections at most; fewer where the process may not have so many files and sockets open.</summary>
    [Range(64, 1_000_000)]
    public int ConnectionsMost { get; set; } = 5_000;

    /// <summary>Seconds for which it says, before it stops, that it is not ready, and still answers.</summary>
    [Range(0, 300)]
    public int StopDelaySeconds { get; set; }

    /// <summary>Seconds that answers under way may take after that, before they are broken off.</summary>
    [Range(0, 300)]
    public int StopSeconds { get; set; } = 10;

    /// <summary>Where it listens with TLS besides, such as <c>https://0.0.0.0:8443</c>: a port of its own.</summary>
    [RegularExpression("^https://[^/]+$", ErrorMessage = "Must be https:// with an address and a port, without a path.")]
    public string? TlsUrl { get; set; }

    /// <summary>PEM: the certificate, then those that lead to a root.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM: its key, without a password.</summary>
    public string? CertificateKeyFile { get; set; }

    public ListeningSettings Listening => new()
    {
        ConnectionsMost = ConnectionsMost,
        // A connection, and the file that is received over it.
        DescriptorsEach = 2,
        DescriptorsBesides = DatabaseConnectionsMost,
        StopDelaySeconds = StopDelaySeconds,
        StopSeconds = StopSeconds,
        TlsUrl = TlsUrl,
        CertificateFile = CertificateFile,
        CertificateKeyFile = CertificateKeyFile,
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var fault in Listening.Faults())
        {
            yield return fault;
        }

        foreach (var proxy in TrustedProxies.Where(p => !IPAddress.TryParse(p, out _) && !IPNetwork.TryParse(p, out _)))
        {
            yield return new($"'{proxy}' is neither an address nor a network such as 10.0.0.0/8.", [nameof(TrustedProxies)]);
        }

        foreach (var host in AllowedHosts.Where(h => h.Length is 0 or > 253 || h.Contains('/', StringComparison.Ordinal)))
        {
            yield return new($"'{host}' is not the name of a host.", [nameof(AllowedHosts)]);
        }
    }
}
