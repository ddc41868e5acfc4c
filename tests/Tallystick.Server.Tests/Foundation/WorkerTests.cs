using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class WorkerTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_that_keeps_failing_makes_the_server_not_ready_until_it_works_again()
    {
        var job = new Job { Fails = true };
        await using var server = await TestServer.Start(
            postgres,
            new() { ["Server:WorkerFailingSecondsMost"] = "1" },
            services: all => all.AddSingleton(job).AddWorker<Job>("test.job", TimeSpan.FromMilliseconds(50), (j, _) => j.Step()));
        using var client = server.Client(TestServer.OperatorKey);

        await Eventually.Holds(async () => !await IsReady(client), "that the server says that it is not ready");
        (await client.GetStringAsync("/metrics", Stop)).ShouldContain("tally_worker_failures{worker=\"test.job\"}");
        (await client.GetAsync("/health/live", Stop)).IsSuccessStatusCode.ShouldBeTrue();

        job.Fails = false;
        await Eventually.Holds(() => IsReady(client), "that the server is ready again");
    }

    [Fact]
    public async Task A_worker_that_fails_now_and_then_leaves_the_server_ready()
    {
        var job = new Job { FailsEveryOther = true };
        await using var server = await TestServer.Start(
            postgres,
            new() { ["Server:WorkerFailingSecondsMost"] = "4" },
            services: all => all.AddSingleton(job).AddWorker<Job>("test.job", TimeSpan.FromMilliseconds(50), (j, _) => j.Step()));
        using var client = server.Client();

        await Eventually.Holds(() => Task.FromResult(job.Steps >= 6), "that it failed several times");

        (await IsReady(client)).ShouldBeTrue();
    }

    private static async Task<bool> IsReady(HttpClient client) => (await client.GetAsync("/health/ready", Stop)).IsSuccessStatusCode;

    private sealed class Job
    {
        public volatile bool Fails;
        public volatile bool FailsEveryOther;
        public volatile int Steps;

        public Task<bool> Step() => Fails || (Interlocked.Increment(ref Steps) % 2 == 0 && FailsEveryOther)
            ? throw new InvalidOperationException("Broken on purpose.")
            : Task.FromResult(false);
    }
}
