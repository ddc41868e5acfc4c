using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;
using Tallystick.Tests;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>Alarms ring about what the server really tells; an alarm about a name that nobody prints would never ring.</summary>
public sealed class AlertRulesTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_alarm_about_the_server_names_what_its_metrics_print()
    {
        // A worker that fails: its counter begins with the first failure.
        await using var server = await TestServer.Start(
            postgres, services: all => all.AddSingleton<Broken>().AddWorker<Broken>("test.broken", TimeSpan.FromMilliseconds(50), (_, _) => Broken.Step()));
        using var operate = server.Client(TestServer.OperatorKey);
        await Eventually.Holds(
            async () => (await operate.GetStringAsync("/metrics", Stop)).Contains("tally_worker_failures", StringComparison.Ordinal), "a worker to fail");

        var printed = AlertRules.Printed(await operate.GetStringAsync("/metrics", Stop));

        AlertRules.Named.Count.ShouldBeGreaterThan(20);
        foreach (var alert in AlertRules.Named)
        {
            alert.Where(name => !name.StartsWith("tally_gate_", StringComparison.Ordinal)).ShouldBeSubsetOf(printed, alert.Key);
        }
    }

    [Fact]
    public async Task What_waits_and_what_failed_is_counted()
    {
        await using var server = await TestServer.Start(postgres);
        using var operate = server.Client(TestServer.OperatorKey);
        await Wait.ForEvents(server);
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into payouts.payout (id, run_id, organisation_id, minor, currency, state, queued_at, due_at)
                select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'USD', 'failed', now(), now() from generate_series(1, 3);
                insert into payments.inbound (received_at, signature, body, verdict, state, due_at)
                select now(), '', '', 'valid', 'failed', now() from generate_series(1, 2);
                insert into royalties.run (id, up_to, state, fee_basis_points, opened_at, waiting)
                values (gen_random_uuid(), now(), 'open', 0, now() - interval '3 hours', 'nothing that comes');
                update access.gate set state_at = now() - interval '5 minutes', reasons = array['its log is full'], events_waiting = 7,
                  events_set_aside = 4 where name = 'edge';
                """),
            Stop);

        var metrics = (await operate.GetStringAsync("/metrics", Stop)).Split('\n');

        metrics.ShouldContain("tally_payouts{state=\"failed\"} 3");
        metrics.ShouldContain("tally_payouts{state=\"unknown\"} 0");
        metrics.ShouldContain("tally_webhooks{state=\"failed\"} 2");
        metrics.ShouldContain("tally_outbox_waiting 0");
        metrics.ShouldContain("tally_known_gate_not_ready{gate=\"edge\"} 1");
        metrics.ShouldContain("tally_known_gate_events_waiting{gate=\"edge\"} 7");
        metrics.ShouldContain("tally_known_gate_events_set_aside{gate=\"edge\"} 4");
        Value("tally_known_gate_silent_seconds{gate=\"edge\"}").ShouldBeInRange(290, 900);
        Value("tally_billing_run_open_seconds").ShouldBeInRange(10_000, 20_000);
        Value("tally_disk_free_bytes").ShouldBeGreaterThan(0);

        double Value(string series) => double.Parse(
            metrics.Single(l => l.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_rules_are_what_prometheus_reads()
    {
        var promtool = Promtool();
        Assert.SkipWhen(promtool is null, "promtool is not here (Debian: the package prometheus)");
        using var process = Process.Start(new ProcessStartInfo(promtool!, ["check", "rules", AlertRules.File])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (said, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);

        process.ExitCode.ShouldBe(0, await said + await errors);
        Regex.Match(await said, @"(\d+) rules found").Groups[1].Value.ShouldBe($"{AlertRules.Named.Count}");
    }

    private static string? Promtool() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Append(Path.Combine(Path.GetDirectoryName(AlertRules.File)!, "..", "..", "artifacts", "prometheus", "usr", "bin"))
        .Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);

    private sealed class Broken
    {
        public static Task<bool> Step() => throw new InvalidOperationException("Broken on purpose.");
    }
}
