using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Tallystick.Hosting;

/// <summary>
/// Traces go out by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; metrics are read at <c>/metrics</c>. One
/// activity source and one meter for the whole product. Spans carry ids of ours and no person, secret or payload.
/// </summary>
public static class Telemetry
{
    /// <summary>Name of the source and of the meter.</summary>
    public const string Name = "Tallystick";

    /// <summary>Spans of ours.</summary>
    public static readonly ActivitySource Source = new(Name);

    /// <summary>Instruments of ours.</summary>
    public static readonly System.Diagnostics.Metrics.Meter Meter = new(Name);

    /// <summary>Registers tracing and the metrics reader.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, string serviceName)
    {
        services.AddSingleton<MetricsText>();
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is not { Length: > 0 })
        {
            return services;
        }

        // Without this the spans of requests have neither a route nor a status; read before the first request.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        return services.AddHostedService(_ => new Tracing(serviceName));
    }

    /// <summary>Lives as long as the host does, which disposes of what it made itself: so the last spans are sent as well.</summary>
    private sealed class Tracing(string serviceName) : IHostedService, IDisposable
    {
        private TracerProvider? _provider;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _provider = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(r => r.AddService(serviceName))
                .AddSource(Name, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql")
                .AddOtlpExporter()
                .Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => _provider?.Dispose();
    }
}
