using System.ComponentModel.DataAnnotations;

namespace Tallystick.Hosting.Listening;

/// <summary>How a host takes connections, and how it stops. Each host has these among its own options.</summary>
public sealed record ListeningSettings
{
    /// <summary>Connections at most, whatever the descriptors allow.</summary>
    public required int ConnectionsMost { get; init; }

    /// <summary>Descriptors that one connection may take.</summary>
    public required int DescriptorsEach { get; init; }

    /// <summary>Descriptors that are needed besides.</summary>
    public int DescriptorsBesides { get; init; }

    /// <summary>Seconds for which a stopping host says that it is not ready, and still answers.</summary>
    public required int StopDelaySeconds { get; init; }

    /// <summary>Seconds that answers under way may take after that.</summary>
    public required int StopSeconds { get; init; }

    /// <summary>Where it listens with TLS besides; null for nowhere.</summary>
    public string? TlsUrl { get; init; }

    /// <summary>PEM: the certificate, then those that lead to a root.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM: the key of the certificate.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>What is missing, in terms of the options.</summary>
    public IEnumerable<ValidationResult> Faults()
    {
        foreach (var (name, file) in ((string, string?)[])
            [(nameof(CertificateFile), CertificateFile), (nameof(CertificateKeyFile), CertificateKeyFile)])
        {
            if (TlsUrl is null != file is null)
            {
                yield return new($"is needed with {nameof(TlsUrl)}, and only with it.", [name]);
            }
        }
    }
}
