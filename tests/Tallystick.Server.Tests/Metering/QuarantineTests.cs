using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Metering;
using Tallystick.Server.Metering.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Metering;

/// <summary>What a gate says is compared with what is known; what does not hold is kept, does not count, and is the operator's.</summary>
public sealed class QuarantineTests(Postgres postgres)
{
    private const long SixteenTerabytes = 16_000_000_000_000;

    private static readonly Dictionary<string, string?> SealAtOnce = new() { ["Metering:SealAfter"] = "00:00:00.1" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Usage_that_no_lease_covers_is_acknowledged_and_sealed_and_not_billed()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Report(1, 2, SixteenTerabytes, 1, 1, 1);

        await scene.Sealed(6);

        (await scene.Bill()).ShouldBe([(5, 4)]);
        var row = (await scene.SetAside()).ShouldHaveSingleItem();
        ((string)row["kind"]!, (string)row["subject"]!).ShouldBe(("metering.beyond_grant", $"{scene.Gate}/1/{scene.Licence}"));
        (await scene.Act(row, "void")).ShouldBe(200);
        (await scene.Bill()).ShouldBeEmpty();
        (await scene.Held()).ShouldBe(0, "the whole lease was used and no lease was made for the rest");
    }

    [Fact]
    public async Task Usage_that_the_operator_accepts_is_held_at_once_and_billed_by_the_next_run()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Report(5, 2, 1);
        await scene.Sealed(3);
        (await scene.Bill()).ShouldBe([(5, 1)]);

        (await scene.Act((await scene.SetAside()).ShouldHaveSingleItem(), "accept")).ShouldBe(200);

        (await scene.Held()).ShouldBe(30, "three uses of ten cents wait for the next run");
        (await scene.Bill()).ShouldBe([(3, 2)]);
        (await scene.Bill()).ShouldBeEmpty();
        (await scene.SetAside()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_does_not_hold_is_set_aside_with_its_reason_and_stops_only_itself()
    {
        await using var scene = await Scene.Open(postgres);
        var bad = new (string Kind, Func<StoredEvent, StoredEvent> Change)[]
        {
            ("other_work", e => e with { WorkId = Guid.CreateVersion7() }),
            ("other_buyer", e => e with { Buyer = Guid.CreateVersion7() }),
            ("other_unit", e => e with { UnitId = Guid.CreateVersion7() }),
            ("in_the_future", e => e with { TimeMs = 32_503_680_000_000 }),
            ("too_old", e => e with { TimeMs = e.TimeMs - (100L * 86_400_000) }),
            ("too_old", e => StoredEvent.Read(With(e.ToWire(), w => w.TimeMs = -1))),
            ("unknown_licence", e => e with { LicenceId = Guid.CreateVersion7() }),
            ("unknown_licence", e => StoredEvent.Read(With(e.ToWire(), w => w.LicenceId = ByteString.CopyFrom(1, 2, 3)))),
            ("malformed_usage", e => StoredEvent.Read(With(e.ToWire(), w => w.Quantity = 0))),
            ("malformed_usage", e => StoredEvent.Read(With(e.ToWire(), w => w.Quantity = ulong.MaxValue))),
            ("malformed_usage", e => StoredEvent.Read(With(e.ToWire(), w => w.Meter = uint.MaxValue))),
            ("malformed_usage", e => StoredEvent.Read(With(e.ToWire(), w => w.Evidence = 0))),
        };

        await scene.Store([scene.Event(1, 1), .. bad.Select((b, i) => b.Change(scene.Event(i + 2, 1))), scene.Event(bad.Length + 2, 1)]);
        await scene.Sealed(bad.Length + 2);

        (await scene.Bill()).ShouldBe([(2, 2)]);
        (await scene.Server.Database.Query<string>("select reason from metering.quarantine order by seq", null, Stop))
            .ShouldBe(bad.Select(b => b.Kind));
        (await scene.SetAside()).Select(r => (string)r["kind"]!).Distinct().Order()
            .ShouldBe(bad.Select(b => $"metering.{b.Kind}").Distinct().Order());
    }

    [Fact]
    public async Task An_epoch_that_was_never_issued_counts_for_nothing()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Store([scene.Event(1, 1)], epoch: 7);
        await scene.Sealed(1);

        (await scene.Bill()).ShouldBeEmpty();
        (await scene.SetAside()).Select(r => (string)r["kind"]!).ShouldBe(["metering.epoch_not_issued"]);
    }

    [Fact]
    public async Task Usage_of_an_unknown_licence_stops_no_run_and_is_accepted_once_the_licence_is_known()
    {
        await using var scene = await Scene.Open(postgres);
        var lost = scene.Event(1, 3) with { LicenceId = Guid.CreateVersion7() };
        await scene.Store([lost, scene.Event(2, 1)]);
        await scene.Sealed(2);
        (await scene.Bill()).ShouldBe([(1, 1)]);
        var row = (await scene.SetAside()).ShouldHaveSingleItem();

        (await scene.Act(row, "accept")).ShouldBe(409);
        await scene.Server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into metering.licence (licence_id, work_id, buyer, creator, pseudonym)
                select @LicenceId, work_id, buyer, creator, pseudonym from metering.licence where licence_id = @Known
                """,
                new { lost.LicenceId, Known = scene.Licence }),
            Stop);

        (await scene.Act(row, "accept")).ShouldBe(200);
        (await scene.Bill()).ShouldBe([(3, 1)]);
    }

    [Fact]
    public async Task A_gate_that_makes_up_licences_fills_no_page()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Store([.. Enumerable.Range(1, 400).Select(i => scene.Event(i, 1) with { LicenceId = Guid.CreateVersion7() })]);
        await scene.Sealed(400);

        var row = (await scene.SetAside()).ShouldHaveSingleItem();

        ((string)row["subject"]!).ShouldBe($"{scene.Gate}/*/*");
        ((long)row["detail"]!["events"]!).ShouldBe(400);
        (await scene.Act(row, "void")).ShouldBe(200);
        (await scene.Server.Database.QueryOne<long>("select count(*) from metering.quarantine where state = 'void'", null, Stop)).ShouldBe(400);
    }

    [Fact]
    public async Task What_is_wrong_under_many_epochs_of_a_gate_fills_no_page_either_and_counts_up()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Server.Database.InTransaction(tx => tx.Execute("update access.gate set last_epoch = 9 where id = @Gate", new { scene.Gate }), Stop);
        for (var epoch = 1; epoch <= 9; epoch++)
        {
            for (var first = 1; first <= 20; first += 10)
            {
                await scene.Store(
                    [.. Enumerable.Range(first, 10).Select(i => scene.Event(i, 2) with { LicenceId = Guid.CreateVersion7() })], epoch);
            }
        }

        await Eventually.Holds(async () => await scene.Server.Database.QueryOne<long>(
            "select coalesce(sum(sealed_seq), 0)::bigint from metering.emitter where emitter = @Gate", new { scene.Gate }, Stop) == 180);

        var rows = await scene.SetAside();
        rows.Count.ShouldBeLessThanOrEqualTo(51);
        rows.Sum(r => (long)r["detail"]!["events"]!).ShouldBe(180);
        var all = rows.Single(r => (string)r["subject"]! == $"{scene.Gate}/*/*");
        (await scene.Act(all, "void")).ShouldBe(200);
        (await scene.Server.Database.QueryOne<long>("select count(*) from metering.quarantine where state = 'void'", null, Stop)).ShouldBe(180);
    }

    [Fact]
    public async Task An_epoch_with_a_hole_stops_only_itself_and_goes_on_once_it_is_mended()
    {
        await using var scene = await Scene.Open(postgres);
        var (broken, sound) = (new UsageBuilder(31), new UsageBuilder(32));
        await broken.Known(scene.Server);
        await sound.Known(scene.Server);
        var ingest = scene.Server.Services.GetRequiredService<IngestUsage>();
        await scene.Server.Database.InTransaction(
            tx => tx.Execute("insert into metering.emitter (emitter, epoch, acknowledged_seq, rolled_seq) values (@Gate, 1, 5, 5)", new { broken.Gate }), Stop);
        await ingest.Store(sound.Batch(1, 10), Stop);

        await Eventually.Holds(async () => await SealedOf(sound) == 10, "the other epoch is sealed");
        await Eventually.Holds(async () => (await scene.SetAside()).Any(r => (string)r["kind"]! == "metering.stuck_epoch"), "the operator sees it");
        await scene.Server.Database.InTransaction(
            tx => tx.Execute("update metering.emitter set acknowledged_seq = 0, rolled_seq = 0 where emitter = @Gate", new { broken.Gate }), Stop);
        (await ingest.Store(broken.Batch(1, 5), Stop)).Refusal.ShouldBeNull();
        scene.Server.Clock.Advance(TimeSpan.FromMinutes(2));

        await Eventually.Holds(async () => await SealedOf(broken) == 5, "it goes on");
        await Eventually.Holds(async () => (await scene.SetAside()).Count == 0, "and is resolved by itself");

        Task<long> SealedOf(UsageBuilder usage) => scene.Server.Database.QueryOne<long>(
            "select coalesce(max(sealed_seq), 0) from metering.emitter where emitter = @Gate", new { usage.Gate }, Stop);
    }

    [Fact]
    public async Task Usage_pages_answer_whatever_the_totals_come_to()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into metering.rollup (licence_id, meter, hour, work_id, emitter, epoch, quantity, events)
                select licence_id, 1, date_trunc('hour', now()), work_id, gen_random_uuid(), n, 9223372036854775807, 1
                from metering.licence, generate_series(1, 3) n where licence_id = @Licence
                """,
                new { scene.Licence }),
            Stop);
        using var operate = scene.Server.Client(TestServer.OperatorKey);

        var usage = (await operate.GetAsync($"/v1/usage?licence={scene.Licence}", Stop).Json())["usage"]!.AsArray();

        ((long)usage.Single()!["quantity"]!).ShouldBe(long.MaxValue);
    }

    private static UsageEvent With(UsageEvent wire, Action<UsageEvent> change)
    {
        change(wire);
        return wire;
    }

    /// <summary>A licence at ten cents a use, of which one gate was leased five.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private const int Cents = 10;
        private readonly Reporter _reporter;
        private readonly WorkId _work;

        private Scene(TestServer server, LicenceId licence, WorkId work, Reporter reporter) =>
            (Server, Licence, _work, _reporter) = (server, licence, work, reporter);

        public TestServer Server { get; }

        public LicenceId Licence { get; }

        public GateId Gate => _reporter.Gate;

        public static async Task<Scene> Open(Postgres postgres)
        {
            var server = await TestServer.Start(postgres, SealAtOnce);
            var creator = await Member.SignUp(server, "creator");
            var buyer = await Member.SignUp(server, "buyer");
            var (work, _) = await creator.Published();
            var (licence, _) = await buyer.Licence(await creator.MeteredOffer(work, Cents));
            await Wait.ForEvents(server);
            var reporter = await Reporter.Leased(server, licence, Meter.SegmentUnlocked, 5);
            await server.Database.InTransaction(
                tx => tx.Execute(
                    """
                    insert into access.credit (licence_id, meter, buyer, currency, price, granted_total)
                    values (@licence, 2, @Organisation, 'USD', '{"amount":{"minor":10,"currency":"USD"},"meter":"segment_unlocked","per":1}', 5)
                    """,
                    new { licence, buyer.Organisation }),
                Stop);
            return new Scene(server, licence, work, reporter);
        }

        public StoredEvent Event(long seq, long quantity) => new(
            seq, _work.Value, _reporter.Unit, Licence.Value, _reporter.Pseudonym, (short)Meter.SegmentUnlocked, quantity,
            Server.Clock.GetUtcNow().ToUnixTimeMilliseconds(), (short)Evidence.GateFlushed, Guid.CreateVersion7(), seq);

        public Task Report(params long[] quantities) => Store([.. quantities.Select((q, i) => Event(i + 1, q))]);

        public async Task Store(StoredEvent[] events, long epoch = 1)
        {
            var stored = await Server.Services.GetRequiredService<IngestUsage>().Store(new(Gate, epoch, events), Stop);
            stored.Value.AcknowledgedSeq.ShouldBe((ulong)events[^1].Seq, "a gate is never stopped by what it said");
        }

        public Task Sealed(long last) => Eventually.Holds(
            async () => await Server.Database.QueryOne<long>(
                "select coalesce(max(sealed_seq), 0) from metering.emitter where emitter = @Gate", new { Gate }, Stop) == last,
            "everything is sealed");

        /// <summary>What the next run bills: quantities and events. The wallet's side of it is done as a run does it.</summary>
        public async Task<IReadOnlyList<(long Quantity, long Events)>> Bill()
        {
            Server.Clock.Advance(TimeSpan.FromSeconds(1));
            var run = new BillingRunId(Guid.CreateVersion7());
            var usage = Server.Services.GetRequiredService<SealedUsage>();
            await Server.Database.InTransaction(tx => usage.Claim(tx, run, Server.Clock.GetUtcNow()), Stop);
            var totals = await usage.Totals(run, Stop);
            await Server.Database.InTransaction(
                tx => Server.Services.GetRequiredService<Credit>().Settle(
                    tx, [.. totals.Select(t => new BilledUsage(t.LicenceId, t.Meter, t.Quantity))]),
                Stop);
            return [.. totals.Select(t => (t.Quantity, t.Events))];
        }

        public Task<long> Held() => Server.Database.QueryOne<long>("select sum(held)::bigint from access.credit", null, Stop);

        public async Task<IReadOnlyList<JsonNode>> SetAside()
        {
            using var operate = Server.Client(TestServer.OperatorKey);
            var page = await operate.GetAsync("/v1/set-aside?limit=200", Stop).Json();
            return [.. page["items"]!.AsArray().Select(i => i!)];
        }

        public async Task<int> Act(JsonNode row, string action)
        {
            using var operate = Server.Client(TestServer.OperatorKey);
            return (int)(await operate.PostAsync($"/v1/set-aside/{row["id"]}/{action}", null, Stop)).StatusCode;
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
