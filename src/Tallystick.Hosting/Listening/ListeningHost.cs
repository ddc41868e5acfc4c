using System.Net;
using System.Net.Quic;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Tallystick.Hosting.Listening;

/// <summary>Lets a host listen: so many connections, TLS, and an end in good order.</summary>
public static partial class ListeningHost
{
    // For what a host still does when nobody is connected any more.
    private const int AfterStopSeconds = 5;

    /// <summary>Registers all of it; the limit of descriptors is raised and looked at here.</summary>
    /// <exception cref="InvalidConfigurationException">Too few descriptors, or no usable certificate.</exception>
    public static void AddListening(this WebApplicationBuilder builder, ListeningSettings settings)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(settings);
        var limit = Descriptors.Most();
        var most = Descriptors.Connections(limit, settings.ConnectionsMost, settings.DescriptorsEach, settings.DescriptorsBesides);
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton(s => new Connections(
            most, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<Connections>>()));
        services.AddSingleton<Stopping>();
        services.AddHostedService(s => s.GetRequiredService<Stopping>());
        services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(settings.StopDelaySeconds + settings.StopSeconds + AfterStopSeconds));
        if (settings.TlsUrl is { } url)
        {
            builder.WebHost.UseUrls($"{builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey)};{url}".TrimStart(';'));
            services.AddSingleton(s => new TlsCertificate(
                settings.CertificateFile!, settings.CertificateKeyFile!, s.GetRequiredService<ILogger<TlsCertificate>>()));
        }

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => Configure(listen, settings)));
    }

    /// <summary>Puts the watch over requests in front of everything else, and says what was found.</summary>
    public static void UseListening(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(next => context => Connections.Watch(context, next));
        var settings = app.Services.GetRequiredService<ListeningSettings>();
        var log = app.Services.GetRequiredService<ILogger<Connections>>();
        LogConnections(log, app.Services.GetRequiredService<Connections>().Most, settings.ConnectionsMost, Descriptors.Most());
        if (settings.TlsUrl is { } url)
        {
            // Read before anybody is answered: what is wrong with it is told at the start.
            var end = app.Services.GetRequiredService<TlsCertificate>().Current.TargetCertificate.NotAfter;
            LogTls(
                log, url, QuicListener.IsSupported ? "HTTP/1.1, HTTP/2 and HTTP/3" : "HTTP/1.1 and HTTP/2 (for HTTP/3 libmsquic is missing)", end);
        }
    }

    private static void Configure(ListenOptions listen, ListeningSettings settings)
    {
        var services = listen.ApplicationServices;
        var connections = services.GetRequiredService<Connections>();
        listen.Use(connections.Admit);
        if (settings.TlsUrl is not { } url || (listen.EndPoint as IPEndPoint)?.Port != new Uri(url).Port)
        {
            return;
        }

        listen.Protocols = QuicListener.IsSupported ? HttpProtocols.Http1AndHttp2AndHttp3 : HttpProtocols.Http1AndHttp2;
        var certificate = services.GetRequiredService<TlsCertificate>();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }),
        });
    }

    [LoggerMessage(7405, LogLevel.Information,
        "Up to {Most} connections are taken (wanted: {Wanted}; this process may have {Descriptors} files and sockets open)")]
    private static partial void LogConnections(ILogger log, int most, int wanted, long descriptors);

    [LoggerMessage(7406, LogLevel.Information, "TLS at {Url} with {Protocols}; the certificate ends at {End}")]
    private static partial void LogTls(ILogger log, string url, string protocols, DateTime end);
}
