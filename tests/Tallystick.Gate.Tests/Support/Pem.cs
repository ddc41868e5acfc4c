using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tallystick.Gate.Tests.Support;

/// <summary>A certificate of its own for 127.0.0.1, and its key, as PEM files that are put in place whole.</summary>
internal sealed class Pem(string folder)
{
    public string CertificateFile { get; } = Path.Combine(folder, "certificate.pem");

    public string KeyFile { get; } = Path.Combine(folder, "key.pem");

    /// <summary>A client's check that takes any certificate: nobody has signed these.</summary>
    public static bool Takes(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors faults) =>
        certificate is not null;

    public void Write(string name)
    {
        var (certificate, key) = Make(name);
        Place(CertificateFile, certificate);
        Place(KeyFile, key);
    }

    public static (string Certificate, string Key) Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public static void Place(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
