using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
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

        // Held by the container so that the last spans are flushed when the host stops.
        return services.AddSingleton(Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(r => r.AddService(serviceName))
            .AddSource(Name, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql")
            .AddOtlpExporter()
            .Build());
    }
}
