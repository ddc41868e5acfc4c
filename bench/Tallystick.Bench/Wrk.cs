using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tallystick.Bench;

/// <summary>The load generator wrk (a separate program), and what it reports.</summary>
/// <param name="RequestsPerSecond">Answered.</param>
/// <param name="P99Milliseconds">From the request's first byte to the answer's last.</param>
/// <param name="Requests">How many in all.</param>
internal sealed partial record Wrk(double RequestsPerSecond, double P99Milliseconds, long Requests)
{
    /// <param name="pauseMilliseconds">Each connection waits so long before every request: a load below saturation.</param>
    public static async Task<Wrk> Run(
        string url, int connections, int seconds, string? bearer, CancellationToken stop, double pauseMilliseconds = 0)
    {
        var script = Path.GetTempFileName();
        try
        {
            // wrk asks the script for whole milliseconds; a random one keeps the connections from marching in step.
            await File.WriteAllTextAsync(
                script,
                pauseMilliseconds <= 0 ? "" : string.Create(
                    CultureInfo.InvariantCulture,
                    $"function delay() return math.random(0, {Math.Max(1, (int)(pauseMilliseconds * 2))}) end"),
                stop);
            var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in (string[])["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", "-s", script])
            {
                start.ArgumentList.Add(argument);
            }

            if (bearer is not null)
            {
                start.ArgumentList.Add("-H");
                start.ArgumentList.Add($"Authorization: Bearer {bearer}");
            }

            start.ArgumentList.Add(url);
            using var process = Process.Start(start)
                ?? throw new InvalidOperationException("wrk is not there: apt-get install wrk");
            var text = await process.StandardOutput.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return Read(text);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static Wrk Read(string text)
    {
        if (text.Contains("Non-2xx", StringComparison.Ordinal) || !Rate().IsMatch(text))
        {
            throw new InvalidOperationException($"The load was not served: {text}");
        }

        var p99 = P99().Match(text);
        var scale = p99.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1_000 };
        return new Wrk(
            Number(Rate().Match(text).Groups[1].Value),
            Number(p99.Groups[1].Value) * scale,
            (long)Number(Total().Match(text).Groups[1].Value));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P99();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Total();
}
