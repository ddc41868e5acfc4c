using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Tallystick.Hosting.Listening;

/// <summary>
/// The certificate of a host, from PEM files that are looked at with every handshake: what replaces them is shown by the next
/// one, and connections that are open go on under the old one. While the two files do not fit each other (one was replaced, the
/// other not yet) or cannot be read, the old one stays.
/// </summary>
public sealed partial class TlsCertificate
{
    private readonly Lock _lock = new();
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly ILogger _log;
    private (Stamp Certificate, Stamp Key) _seen;
    private SslStreamCertificateContext _current;

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidConfigurationException">They cannot be used.</exception>
    public TlsCertificate(string certificateFile, string keyFile, ILogger<TlsCertificate> log)
    {
        (_certificateFile, _keyFile, _log) = (certificateFile, keyFile, log);
        try
        {
            (_seen, _current) = (Look(), Read());
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            throw new InvalidConfigurationException(
                $"The certificate in '{certificateFile}' with the key in '{keyFile}' cannot be used: {failure.Message}");
        }
    }

    /// <summary>The certificate and what leads to its root, for the next handshake.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_lock)
            {
                var now = Look();
                if (now != _seen)
                {
                    _seen = now;
                    Replace();
                }

                return _current;
            }
        }
    }

    private void Replace()
    {
        try
        {
            _current = Read();
            LogReplaced(_certificateFile, _current.TargetCertificate.NotAfter);
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            LogUnusable(_certificateFile, failure.Message);
        }
    }

    private SslStreamCertificateContext Read()
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(_certificateFile);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile), all, offline: true);
    }

    private (Stamp Certificate, Stamp Key) Look() => (Stamp.Of(_certificateFile), Stamp.Of(_keyFile));

    private static bool IsUnusable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(7403, LogLevel.Information, "The certificate in {File} was replaced; the new one ends at {End}")]
    private partial void LogReplaced(string file, DateTime end);

    [LoggerMessage(7404, LogLevel.Error, "The certificate in {File} was replaced by one that cannot be used; the old one stays: {Why}")]
    private partial void LogUnusable(string file, string why);

    // Of what a link leads to: that is how certificates are often replaced.
    private readonly record struct Stamp(string Path, long Ticks, long Bytes)
    {
        public static Stamp Of(string path)
        {
            var file = new FileInfo(path);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return file.Exists ? new(file.FullName, file.LastWriteTimeUtc.Ticks, file.Length) : default;
        }
    }
}
