using Microsoft.Extensions.DependencyInjection;
using Npgsql;
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

    [Fact]
    public async Task One_process_runs_a_worker_until_its_session_ends_and_then_another()
    {
        var options = new FoundationOptions { Database = await postgres.NewDatabase() };
        await using var first = new Ownership(options);
        await using var second = new Ownership(options);
        var term = (await first.TryTake("work", Stop)).ShouldNotBeNull();
        (await second.TryTake("work", Stop)).ShouldBeNull();
        (await second.TryTake("other work", Stop)).ShouldNotBeNull();
        (await first.Stands(term, Stop)).ShouldBeTrue();

        await first.GiveBack("work", term, Stop);
        (await second.TryTake("work", Stop)).ShouldNotBeNull();
        (await first.TryTake("work", Stop)).ShouldBeNull();

        await using (var admin = NpgsqlDataSource.Create(options.Database + ";Pooling=false"))
        {
            await admin.CreateCommand(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = 'tallystick-server-workers' and datname = current_database()
                """)
                .ExecuteNonQueryAsync(Stop);
        }

        await Should.ThrowAsync<NpgsqlException>(() => first.Stands(term, Stop));
        (await first.Stands(term, Stop)).ShouldBeFalse("what was held is not held any more");
        (await first.TryTake("work", Stop)).ShouldBe(term + 1);
        await Should.ThrowAsync<NpgsqlException>(() => second.TryTake("work", Stop));
        (await second.TryTake("work", Stop)).ShouldBeNull();
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
