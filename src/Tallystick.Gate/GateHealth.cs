using System.Net;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;
using Tallystick.Hosting;

namespace Tallystick.Gate;

/// <summary>What operators and supervisors ask: <c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c>.</summary>
internal sealed class GateHealth(GateReadiness readiness, GateLink link, SetAsideEvents setAside, GateHealth.Settings settings)
{
    /// <summary>What answers are made of besides the gate's state.</summary>
    internal sealed record Settings(GateOptions Options, GateClock Clock, MetricsText Metrics);

    /// <summary>True when the path was one of these.</summary>
    public async Task<bool> TryHandle(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/health/live":
                await Results.Text("Healthy").ExecuteAsync(context);
                return true;
            case "/health/ready":
                await Ready(context);
                return true;
            case "/metrics":
                await Metrics(context);
                return true;
            default:
                return false;
        }
    }

    private Task Ready(HttpContext context)
    {
        var reasons = readiness.Reasons();
        if (reasons.Count > 0)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        return Results.Json(
            new
            {
                status = reasons.Count == 0 ? "Healthy" : "Unhealthy",
                reasons,
                connected = link.IsConnected,
                feed_position = link.Position,
                feed_lag = link.Lag,
                silence_seconds = (long)link.Silence.TotalSeconds,
                cut_off_seconds_most = settings.Options.CutOffSeconds,
                clock_offset_seconds = (long)settings.Clock.Offset.TotalSeconds,
                events_waiting = readiness.EventsWaiting,
                events_set_aside = setAside.Count,
            },
            statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }

    private Task Metrics(HttpContext context) => MayRead(context)
        ? Results.Text(settings.Metrics.Render(), "text/plain; version=0.0.4").ExecuteAsync(context)
        : Problems.Forbidden.With("Metrics are read from this machine, or with the gate's secret.").ToHttp().ExecuteAsync(context);

    private bool MayRead(HttpContext context)
    {
        var headers = context.Request.Headers;
        var shown = headers.Authorization.ToString();
        const string scheme = "Bearer ";
        if (shown.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(shown[scheme.Length..].TrimStart(' '))), SHA256.HashData(Encoding.UTF8.GetBytes(settings.Options.Secret)));
        }

        // Behind a proxy on this machine everybody comes from this machine.
        var direct = !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("Forwarded");
        return direct && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
    }
}
