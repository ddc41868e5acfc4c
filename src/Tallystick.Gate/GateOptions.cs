using System.ComponentModel.DataAnnotations;
using Tallystick.Hosting.Listening;

namespace Tallystick.Gate;

/// <summary><c>Tally:Gate</c>.</summary>
internal sealed class GateOptions : IValidatableObject
{
    /// <summary>The control plane, without a slash at the end.</summary>
    [Required, Url]
    public string ServerUrl { get; set; } = "";

    /// <summary>How buyers reach this gate, without a slash at the end.</summary>
    [Required, Url]
    public string PublicUrl { get; set; } = "";

    /// <summary>What this gate shows to the server (<c>tgk_…</c>), and an operator to read its metrics from afar.</summary>
    [Required, MinLength(16), MaxLength(256)]
    public string Secret { get; set; } = "";

    /// <summary>Folder of this gate alone, on a local disk: log, feed.</summary>
    [Required]
    public string DataFolder { get; set; } = "";

    /// <summary>Content-addressed blobs, read only.</summary>
    [Required]
    public string BlobFolder { get; set; } = "";

    /// <summary>Where a wallet is topped up; by default <c>/wallet</c> at the site that sells the offer.</summary>
    [Url]
    public string? TopUpUrl { get; set; }

    /// <summary>Most bytes that may have been flushed and not be durable in the log: what a crash costs. Also the size
    /// after which a delivery under way becomes an event.</summary>
    [Range(256 * 1024, 1_000_000_000)]
    public long CheckpointBytes { get; set; } = 4_000_000;

    /// <summary>Blobs kept in memory, all together.</summary>
    [Range(0, 16_000_000_000)]
    public long CacheBytes { get; set; } = 128_000_000;

    /// <summary>A larger blob is never kept in memory.</summary>
    [Range(0, 64_000_000)]
    public int CachedBlobBytesMost { get; set; } = 4_000_000;

    /// <summary>Disk that the log may take. When it is full nothing new is delivered until the server has taken events.</summary>
    [Range(16_000_000, 1_000_000_000_000)]
    public long LogBytesMost { get; set; } = 2_000_000_000;

    /// <summary>Size of one file of the log.</summary>
    [Range(1_000_000, 1_000_000_000)]
    public int LogSegmentBytes { get; set; } = 32_000_000;

    /// <summary>Bytes leased at once under a price per byte: small first, doubled up to this.</summary>
    [Range(64_000, 1_000_000_000_000)]
    public long LeaseBytes { get; set; } = 64_000_000;

    /// <summary>Uses leased at once.</summary>
    [Range(1, 1_000_000)]
    public long LeaseUses { get; set; } = 64;

    /// <summary>A licence unused for this long gives its lease back.</summary>
    [Range(1, 86_400)]
    public int LeaseIdleSeconds { get; set; } = 300;

    /// <summary>How long a request waits for its first lease.</summary>
    [Range(50, 30_000)]
    public int LeaseWaitMilliseconds { get; set; } = 2_000;

    /// <summary>
    /// Cut off from the server, a gate goes on this long: with licences paid once as it knows them, with leased quantities
    /// up to what is leased and never beyond. Then it stops, because revocations no longer reach it.
    /// </summary>
    [Range(0, 30 * 86_400)]
    public int CutOffSeconds { get; set; } = 86_400;

    /// <summary>How long the server may hold an answer of the feed.</summary>
    [Range(1, 60)]
    public int FeedWaitSeconds { get; set; } = 20;

    /// <summary>How long events may wait for company before they are sent.</summary>
    [Range(10, 60_000)]
    public int UploadLingerMilliseconds { get; set; } = 500;

    /// <summary>Passes that may be opened under one licence in a day (UTC); the next one is refused until the day is over.</summary>
    [Range(1, 1_000_000)]
    public int PassesMost { get; set; } = 10_000;

    /// <summary>
    /// A use is remembered this many days, and of all licences together not more than <see cref="Core.Spool.SpoolState.UsesMost"/>.
    /// </summary>
    [Range(1, 3_660)]
    public int UsesRememberedDays { get; set; } = 90;

    /// <summary>Connections at most; fewer where the process may not have so many files and sockets open.</summary>
    [Range(64, 1_000_000)]
    public int ConnectionsMost { get; set; } = 10_000;

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
        // A connection, the file that is sent over it, and the look at what of it has left.
        DescriptorsEach = 3,
        StopDelaySeconds = StopDelaySeconds,
        StopSeconds = StopSeconds,
        TlsUrl = TlsUrl,
        CertificateFile = CertificateFile,
        CertificateKeyFile = CertificateKeyFile,
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, url) in ((string, string)[])[(nameof(ServerUrl), ServerUrl), (nameof(PublicUrl), PublicUrl)])
        {
            if (url.EndsWith('/'))
            {
                yield return new ValidationResult("must not end with a slash.", [name]);
            }
        }

        foreach (var (name, folder) in ((string, string)[])[(nameof(DataFolder), DataFolder), (nameof(BlobFolder), BlobFolder)])
        {
            if (folder.Length > 0 && !Directory.Exists(folder))
            {
                yield return new ValidationResult($"'{folder}' is not a folder that can be entered.", [name]);
            }
        }

        foreach (var fault in Listening.Faults())
        {
            yield return fault;
        }

        if (LogBytesMost < 3L * LogSegmentBytes)
        {
            yield return new ValidationResult("must hold at least three segments.", [nameof(LogBytesMost)]);
        }
    }
}
