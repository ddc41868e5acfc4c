using System.Diagnostics;
using Tallystick.StripeSimulator.Hosting;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

public sealed class JournalTests : IDisposable
{
    readonly string file = Path.Combine(Directory.CreateTempSubdirectory("stripe-sim-").FullName, "journal");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

    [Fact]
    public async Task A_restarted_simulator_keeps_objects_balances_keys_clock_and_undelivered_events()
    {
        string charge, events, totals;
        await using (var sim = await Sim.StartAsync(data: file))
        {
            await sim.Act("clock/advance", "seconds=1000000");
            charge = (await sim.Charge(1000, isPending: true)).Id;
            await sim.Post("/v1/customers", "name=A", key: "k1");
            events = (await sim.Get("/v1/events?limit=100")).Json["data"]!.AsArray().Count.ToString();
            totals = Without(await sim.Totals(), "now");
        }

        await using var again = await Sim.StartAsync(data: file);
        (await again.Get($"/v1/charges/{charge}")).Long("amount").ShouldBe(1000);
        (await again.Get("/v1/events?limit=100")).Json["data"]!.AsArray().Count.ToString().ShouldBe(events);
        Without(await again.Totals(), "now").ShouldBe(totals);
        (await again.Post("/v1/customers", "name=A", key: "k1")).Header("Idempotent-Replayed").ShouldBe("true");
        (await again.Totals())["now"]!.GetValue<long>()
            .ShouldBeGreaterThan(DateTimeOffset.UnixEpoch.ToUnixTimeSeconds() + TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 999_000);
    }

    [Fact]
    public async Task A_line_cut_short_by_a_crash_is_dropped()
    {
        await using (var sim = await Sim.StartAsync(data: file))
        {
            await sim.Post("/v1/customers", "name=A");
        }

        await File.AppendAllTextAsync(file, "{\"At\":17", TestContext.Current.CancellationToken);
        await using var again = await Sim.StartAsync(data: file);
        await again.Post("/v1/customers", "name=B");
        (await again.Get("/v1/customers")).Json["data"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_damaged_line_before_the_end_stops_the_start()
    {
        await using (var sim = await Sim.StartAsync(data: file))
        {
            await sim.Post("/v1/customers", "name=A");
        }

        await File.AppendAllTextAsync(file, "{\"At\":17\n", TestContext.Current.CancellationToken);
        await Should.ThrowAsync<InvalidDataException>(() => Sim.StartAsync(data: file));
    }

    [Fact]
    public async Task A_reset_forgets_everything_and_a_seed_repeats_identifiers()
    {
        await using var sim = await Sim.StartAsync(data: file);
        await sim.Act("reset", "seed=s1");
        var first = (await sim.Post("/v1/customers", "")).Id;
        await sim.Act("reset", "seed=s1");
        (await sim.Get("/v1/customers")).Json["data"]!.AsArray().ShouldBeEmpty();
        (await sim.Post("/v1/customers", "")).Id.ShouldBe(first);
        await sim.Act("reset", "seed=s2");
        (await sim.Post("/v1/customers", "")).Id.ShouldNotBe(first);
    }

    [Fact]
    public async Task Nothing_that_was_answered_is_lost_by_kill_9()
    {
        var answered = new List<string>();
        for (var round = 0; round < 2; round++)
        {
            using var process = Start();
            using var http = new HttpClient { BaseAddress = new Uri(await Address(process)) };
            http.DefaultRequestHeaders.Authorization = new("Bearer", Sim.SecretKey);
            var list = await http.GetStringAsync("/v1/customers?limit=100", TestContext.Current.CancellationToken);
            answered.ShouldAllBe(id => list.Contains(id));
            for (var i = 0; i < 20; i++)
            {
                using var none = new StringContent("", null, "application/x-www-form-urlencoded");
                var made = await http.PostAsync("/v1/customers", none, TestContext.Current.CancellationToken);
                var body = await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                answered.Add(System.Text.Json.Nodes.JsonNode.Parse(body)!["id"]!.GetValue<string>());
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var again = await Sim.StartAsync(data: file);
        var kept = (await again.Get("/v1/customers?limit=100")).Json["data"]!.AsArray().Select(c => c!["id"]!.GetValue<string>());
        answered.ShouldBe(kept.Reverse());
    }

    [Fact]
    public void Wrong_options_are_reported_all_at_once()
    {
        SimulatorOptions.TryParse(
            ["--port", "99999", "--secret-key", "sk_live_x", "--webhook-url", "shop", "--colour", "red"], out _, out var wrong)
            .ShouldBeFalse();
        wrong.Count.ShouldBe(5);
    }

    Process Start()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Tallystick.StripeSimulator.dll"),
                "--port", "0", "--secret-key", Sim.SecretKey, "--data", file,
            },
        };
        return Process.Start(start)!;
    }

    static async Task<string> Address(Process process)
    {
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return line.ShouldNotBeNull().Split(' ').Single(word => word.StartsWith("http://", StringComparison.Ordinal));
    }

    static string Without(System.Text.Json.Nodes.JsonObject json, string field)
    {
        json.Remove(field);
        return json.ToJsonString();
    }
}
