using System.Net;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;
using Tallystick.Hosting;

namespace Tallystick.Gate;

/// <summary>What operators and supervisors ask: <c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c>.</summary>
internal sealed class GateHealth(LocalLog log, GateLink link, UsageUploader uploader, GateOptions options, MetricsText metrics, GateClock clock)
{
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

    // Being cut off is not unready: a gate is made to go on alone. It is stated, and ends when the policy says.
    private Task Ready(HttpContext context)
    {
        var reasons = new List<string>();
        Add(reasons, !link.HasEpoch, "no epoch yet: the server was never reached");
        Add(reasons, log.Writer.Failure is not null, "the log cannot be written");
        Add(reasons, log.Writer.IsFull, "the log has no space");
        Add(reasons, link.IsCutOffTooLong, "cut off for longer than the policy allows");
        Add(reasons, link.Position == 0 && !link.IsConnected, "no feed yet");
        return Results.Json(
            new
            {
                status = reasons.Count == 0 ? "Healthy" : "Unhealthy",
                reasons,
                connected = link.IsConnected,
                feed_position = link.Position,
                feed_lag = link.Lag,
                silence_seconds = (long)link.Silence.TotalSeconds,
                cut_off_seconds_most = options.CutOffSeconds,
                clock_offset_seconds = (long)clock.Offset.TotalSeconds,
                usage_stuck = uploader.Stuck,
            },
            statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }

    private Task Metrics(HttpContext context) => MayRead(context)
        ? Results.Text(metrics.Render(), "text/plain; version=0.0.4").ExecuteAsync(context)
        : Problems.Forbidden.With("Metrics are read from this machine, or with the gate's secret.").ToHttp().ExecuteAsync(context);

    private bool MayRead(HttpContext context)
    {
        var headers = context.Request.Headers;
        var shown = headers.Authorization.ToString();
        const string scheme = "Bearer ";
        if (shown.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(shown[scheme.Length..])), SHA256.HashData(Encoding.UTF8.GetBytes(options.Secret)));
        }

        // Behind a proxy on this machine everybody comes from this machine.
        var direct = !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("Forwarded");
        return direct && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
    }

    private static void Add(List<string> to, bool holds, string reason)
    {
        if (holds)
        {
            to.Add(reason);
        }
    }
}
