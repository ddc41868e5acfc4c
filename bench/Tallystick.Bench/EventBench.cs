using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Tallystick.Server.Foundation;

namespace Tallystick.Bench;

/// <summary>
/// Deliveries a second of the event dispatcher, with one handler that writes one row; against a loop that does no more than
/// that: in transactions of the same size it inserts the rows one by one and deletes what it took from a queue of two columns.
/// </summary>
internal static class EventBench
{
    private const int Events = 10_000;
    private const int Things = 500;
    private const int Rounds = 5;

    public static BenchSuite Suite { get; } = new(["event_dispatch_per_s"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await using var bench = await BenchDatabase.Create("events", stop);
        await bench.Execute("create table effect (thing text, number int); create table queue (id int primary key, due_at timestamptz)", stop);
        var services = new ServiceCollection()
            .AddSingleton(TimeProvider.System).AddSingleton<WakeUps>().AddSingleton(new FoundationOptions())
            .AddSingleton(bench.Database).AddSingleton<Outbox>().AddSingleton<EventSubscriptions>().AddSingleton<EventDispatcher>()
            .AddSingleton<DeadLetters>().AddSingleton<SetAsides>().AddSingleton<SetAsideKinds>().AddSetAsideKind(DeadLetters.Kind)
            .AddSingleton<Microsoft.Extensions.Logging.ILogger<EventDispatcher>>(NullLogger<EventDispatcher>.Instance)
            .AddEventHandler<Happened, Write>();
        await using var provider = services.BuildServiceProvider();
        var (ours, raw) = (new List<double>(), new List<double>());
        // Round 0 is not counted: code is compiled in it.
        for (var round = 0; round <= Rounds; round++)
        {
            var mine = await Dispatch(provider, bench.Database, stop);
            var bare = await Loop(bench, stop);
            await progress.WriteLineAsync($"events: round {round}: {mine:N0} deliveries/s, raw loop {bare:N0} rows/s");
            if (round > 0)
            {
                ours.Add(mine);
                raw.Add(bare);
            }
        }

        var ratio = ours.Zip(raw, (a, b) => a / b).Order().ElementAt(Rounds / 2);
        return
        [
            new BenchResult(
                "event_dispatch_per_s", ours.Order().ElementAt(Rounds / 2), "deliveries/s", "raw insert and delete loop", ratio,
                $"1 handler that writes a row, {Events:N0} events about {Things} things, {EventDispatcher.BatchMost} a commit, fsync on, median of {Rounds}"),
        ];
    }

    private static async Task<double> Dispatch(ServiceProvider provider, Database database, CancellationToken stop)
    {
        var outbox = provider.GetRequiredService<Outbox>();
        await database.InTransaction(
            async tx =>
            {
                for (var i = 0; i < Events; i++)
                {
                    await outbox.Publish(tx, new Happened($"thing {i % Things}", i));
                }
            },
            stop);
        await database.Query<string>("analyze foundation.event, foundation.delivery", null, stop);
        var dispatcher = provider.GetRequiredService<EventDispatcher>();
        var watch = Stopwatch.StartNew();
        while (await dispatcher.Step(stop))
        {
            // Until nothing is due.
        }

        var perSecond = Events / watch.Elapsed.TotalSeconds;
        var left = await database.QueryOne<long>("select count(*) from foundation.delivery", null, stop);
        return left == 0 ? perSecond : throw new InvalidOperationException($"{left} deliveries were not handled.");
    }

    private static async Task<double> Loop(BenchDatabase bench, CancellationToken stop)
    {
        await bench.Execute($"insert into queue select i, now() from generate_series(1, {Events}) i", stop);
        var watch = Stopwatch.StartNew();
        for (var from = 1; from <= Events; from += EventDispatcher.BatchMost)
        {
            await bench.Database.InTransaction(
                async tx =>
                {
                    var taken = await tx.Query<int>(
                        "select id from queue where due_at <= now() order by id limit @Most", new { Most = EventDispatcher.BatchMost });
                    foreach (var id in taken)
                    {
                        await tx.Execute("insert into effect values (@Thing, @id)", new { Thing = $"thing {id % Things}", id });
                    }

                    await tx.Execute("delete from queue where id <= @Last", new { Last = taken[^1] });
                },
                stop);
        }

        return Events / watch.Elapsed.TotalSeconds;
    }

    private sealed record Happened(string Thing, int Number) : IEvent
    {
        public static string Type => "bench.happened";

        string IEvent.Key => Thing;
    }

    private sealed class Write : IEventHandler<Happened>
    {
        public static string Name => "bench.write";

        public Task Handle(Tx tx, Happened occurred, CancellationToken stop) =>
            tx.Execute("insert into effect values (@Thing, @Number)", occurred);
    }
}
