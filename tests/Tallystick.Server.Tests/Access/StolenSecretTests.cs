using System.Net;
using System.Net.Http.Json;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Usage;
using Tallystick.Core.Usage.Wire;
using Tallystick.Server.Metering;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

/// <summary>What whoever has a gate's secret, and nothing else of it, can do.</summary>
public sealed class StolenSecretTests(Postgres postgres)
{
    private static readonly Guid Folder = new(1, 0, 0, new byte[8]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task It_leases_nothing_gives_nothing_back_and_reports_nothing(string? token)
    {
        await using var scene = await Scene.Open(postgres);
        var lease = await scene.Lease(5);
        using var thief = scene.Server.Client(TestServer.GateSecret);
        if (token is not null)
        {
            thief.DefaultRequestHeaders.TryAddWithoutValidation(EpochTokenHeader.Name, token);
        }

        var ask = new LeaseRequest(scene.Licence, Meter.SegmentUnlocked, scene.Epoch.Epoch, 0, 50, Version: lease.Version);
        (await thief.PostAsJsonAsync("/gate/v1/leases", ask, TallyJson.Options, Stop).Problem(409)).ShouldBe("epoch-token-wrong");
        (await thief.PostAsJsonAsync("/gate/v1/leases/return", ask, TallyJson.Options, Stop).Problem(409)).ShouldBe("epoch-token-wrong");
        (await Problem(await thief.Report(scene.Batch(1, 1)))).ShouldBe("epoch-token-wrong");

        (await scene.Held()).ShouldBe(50, "what the live gate was leased, and no more");
        (await scene.Count("select count(*) from metering.emitter")).ShouldBe(0);
        (await scene.Cases()).ShouldBe([("access.gate_second_process", "edge")]);
        // The number that the thief wanted is the live gate's, and its use counts under its lease.
        (await scene.Gate.Report(scene.Batch(1, 5))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await scene.Sealed(1, 5);
        (await scene.Count("select count(*) from metering.quarantine")).ShouldBe(0);
        (await scene.Count("select quantity::bigint from metering.spent")).ShouldBe(5);
    }

    [Fact]
    public async Task Epochs_that_were_never_issued_are_refused_and_leave_nothing()
    {
        await using var scene = await Scene.Open(postgres);

        for (var epoch = scene.Epoch.Epoch + 1; epoch < scene.Epoch.Epoch + 40; epoch++)
        {
            (await Problem(await scene.Gate.Report(scene.Batch(1, 1) with { Epoch = epoch }))).ShouldBe("epoch-fenced");
        }

        (await scene.Count("select count(*) from metering.emitter")).ShouldBe(0);
        (await scene.Count("select count(*) from metering.event")).ShouldBe(0);
        (await scene.Cases()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_log_that_turns_out_to_be_a_copy_goes_on_in_a_new_epoch_and_every_use_is_billed_once_under_its_lease()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Lease(12);
        (await scene.Gate.Report(scene.Batch(1, 5))).StatusCode.ShouldBe(HttpStatusCode.OK);
        // The copy had sent three of them, and counted two and then three more of its own.
        var copy = scene.Batch(6, 3, firstPass: 100);
        var own = new IngestUsage.Batch(scene.Epoch.GateId, scene.Epoch.Epoch, [.. scene.Batch(1, 3).Events, .. Renumbered(copy, 4)]);

        var refused = await scene.Gate.Report(own);
        (await Problem(refused)).ShouldBe("usage-identity-conflict");
        (await refused.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonObject>(Stop))!["seq"]!.GetValue<long>().ShouldBe(4);
        var next = await scene.Gate.Begin(Folder, new(scene.Epoch.Epoch, scene.Epoch.LeasesOf, 3));

        (next.EndedAt, next.LeasesOf).ShouldBe((5, scene.Epoch.LeasesOf));
        (await scene.Gate.Report(new(next.GateId, next.Epoch, Renumbered(copy, 1)))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await scene.Sealed(next.Epoch, 3);
        (await scene.Count("select quantity::bigint from metering.spent")).ShouldBe(8);
        (await scene.Count("select count(*) from metering.quarantine")).ShouldBe(0);
        (await scene.Cases()).ShouldBeEmpty();
        // The lease goes on: what was spent before counts against it.
        (await scene.Lease(12, next.Epoch)).GrantedTotal.ShouldBe(12);
        (await scene.Held()).ShouldBe(120);
    }

    [Fact]
    public async Task Under_an_epoch_that_ended_nothing_new_is_taken_and_what_is_there_is_still_acknowledged()
    {
        await using var scene = await Scene.Open(postgres);
        (await scene.Gate.Report(scene.Batch(1, 2))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var old = scene.Server.Client(TestServer.GateSecret);
        old.SpeakFor(scene.Epoch);

        (await scene.Gate.Begin(Folder, new(scene.Epoch.Epoch, scene.Epoch.LeasesOf, 0))).EndedAt.ShouldBe(2);

        // The answer to the first was lost, and a batch was on its way.
        var again = await old.Report(scene.Batch(1, 2));
        IngestReceipt.Parser.ParseFrom(await again.Content.ReadAsByteArrayAsync(Stop)).AcknowledgedSeq.ShouldBe(2ul);
        (await Problem(await old.Report(scene.Batch(1, 3)))).ShouldBe("usage-epoch-ended");
        (await scene.Count("select count(*) from metering.event")).ShouldBe(2);
        (await old.PostAsJsonAsync(
            "/gate/v1/leases/return", new LeaseRequest(scene.Licence, Meter.SegmentUnlocked, scene.Epoch.Epoch, 0, 0), TallyJson.Options, Stop)
            .Problem(409)).ShouldBe("epoch-fenced");
    }

    [Fact]
    public async Task What_a_gate_had_handed_in_and_a_restore_took_away_is_counted_and_told()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Lease(9);
        await scene.Gate.Report(scene.Batch(1, 9));
        await scene.Server.Database.InTransaction(
            tx => tx.Execute(
                """
                delete from metering.event where seq > 4;
                update metering.emitter set acknowledged_seq = 4, rolled_seq = least(rolled_seq, 4), sealed_seq = least(sealed_seq, 4);
                """),
            Stop);

        var next = await scene.Gate.Begin(Folder, new(scene.Epoch.Epoch, scene.Epoch.LeasesOf, 9));

        next.EndedAt.ShouldBe(4);
        (await scene.Cases()).ShouldBe([("access.gate_events_lost", $"edge/{scene.Epoch.Epoch}")]);
        (await scene.Count("select (detail ->> 'events')::bigint from foundation.set_aside")).ShouldBe(5);
    }

    [Fact]
    public async Task What_one_gate_is_granted_in_an_hour_has_an_end_that_the_operator_hears_of()
    {
        await using var scene = await Scene.Open(postgres, new() { ["Access:GrantedPerHourMost"] = "100" });

        (await scene.Lease(9)).GrantedTotal.ShouldBe(9);
        (await scene.Lease(12)).GrantedTotal.ShouldBe(12);
        var refused = await scene.Gate.PostAsJsonAsync("/gate/v1/leases", scene.Ask(13), TallyJson.Options, Stop);

        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        (await Problem(refused, 429)).ShouldBe("gate-granted-most");
        (await scene.Cases()).ShouldBe([("access.gate_granted_most", "edge")]);
        scene.Server.Clock.Advance(TimeSpan.FromHours(1));
        (await scene.Lease(13)).GrantedTotal.ShouldBe(13);
    }

    [Fact]
    public async Task Repeats_of_a_use_free_what_was_leased_for_them_and_nothing_that_others_hold()
    {
        await using var scene = await Scene.Open(postgres);
        await scene.Lease(5);
        var repeats = scene.Batch(1, 7);
        await scene.Gate.Report(repeats with { Events = [.. repeats.Events.Select(e => e with { Pass = 1 })] });
        await scene.Sealed(1, 7);

        // One use counts; four repeats lay within the lease, and two beyond it freed nothing.
        await Eventually.Holds(async () => await scene.Count("select granted_total from access.credit") == 1);
        (await scene.Count("select count(*) from metering.quarantine")).ShouldBe(2);
        (await scene.Lease(6)).GrantedTotal.ShouldBe(6, "a total of this gate's, of which five are spent");
        (await scene.Held()).ShouldBe(20);
    }

    private static StoredEvent[] Renumbered(IngestUsage.Batch batch, long first) =>
        [.. batch.Events.Select((e, i) => e with { Seq = first + i })];

    private static async Task<string> Problem(HttpResponseMessage answer, int status = 409)
    {
        var text = await answer.Content.ReadAsStringAsync(Stop);
        ((int)answer.StatusCode).ShouldBe(status, text);
        return System.Text.Json.Nodes.JsonNode.Parse(text)!["type"]!.GetValue<string>().Split('/')[^1];
    }

    /// <summary>A licence at ten cents a use, a wallet of a hundred dollars, and the gate 'edge', which lives.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly StoredEvent _event;

        private Scene(TestServer server, LicenceId licence, HttpClient gate, EpochGrant epoch, StoredEvent one) =>
            (Server, Licence, Gate, Epoch, _event) = (server, licence, gate, epoch, one);

        public TestServer Server { get; }

        public LicenceId Licence { get; }

        public HttpClient Gate { get; }

        public EpochGrant Epoch { get; }

        public static async Task<Scene> Open(Postgres postgres, Dictionary<string, string?>? settings = null)
        {
            var server = await TestServer.Start(postgres, new(settings ?? []) { ["Metering:SealAfter"] = "00:00:00.1" });
            var creator = await Member.SignUp(server, "creator");
            var buyer = await Member.SignUp(server, "buyer");
            var (work, _) = await creator.Published();
            var (licence, _) = await buyer.Licence(await creator.MeteredOffer(work, 10));
            await LeaseTests.Prepay(server, buyer, 10_000);
            await Wait.ForEvents(server);
            var gate = server.Client(TestServer.GateSecret);
            var epoch = await gate.Begin(Folder);
            var named = (await server.Database.QueryOne<Named>(
                """
                select w.id as work, w.unit_id as unit, l.pseudonym from licensing.licence l join catalog.work w on w.id = l.work_id
                where l.id = @licence
                """,
                new { licence },
                Stop))!;
            return new(server, licence, gate, epoch, new StoredEvent(
                1, named.Work, named.Unit, licence.Value, named.Pseudonym, (short)Meter.SegmentUnlocked, 1,
                server.Clock.GetUtcNow().ToUnixTimeMilliseconds(), (short)Evidence.GateFlushed, Guid.CreateVersion7(), 1));
        }

        public IngestUsage.Batch Batch(long firstSeq, int count, long? firstPass = null) => new(
            Epoch.GateId,
            Epoch.Epoch,
            [.. Enumerable.Range(0, count).Select(i => _event with { Seq = firstSeq + i, Pass = (firstPass ?? firstSeq) + i })]);

        public LeaseRequest Ask(long total, long? epoch = null) =>
            new(Licence, Meter.SegmentUnlocked, epoch ?? Epoch.Epoch, 0, total, total);

        public async Task<LeaseGrant> Lease(long total, long? epoch = null)
        {
            var answer = await Gate.PostAsJsonAsync("/gate/v1/leases", Ask(total, epoch), TallyJson.Options, Stop);
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(Stop));
            return (await answer.Content.ReadFromJsonAsync<LeaseGrant>(TallyJson.Options, Stop))!;
        }

        public Task Sealed(long epoch, long last) => Eventually.Holds(
            async () => await Count($"select coalesce(max(sealed_seq), 0) from metering.emitter where epoch = {epoch}") == last,
            "everything is sealed");

        public Task<long> Held() => Count("select sum(held)::bigint from access.credit");

        public Task<long> Count(string sql) => Server.Database.QueryOne<long>(sql, null, Stop);

        public Task<IReadOnlyList<(string Kind, string Subject)>> Cases() => Server.Database.Query<(string, string)>(
            "select kind, subject from foundation.set_aside where state = 'open' order by kind", null, Stop);

        public async ValueTask DisposeAsync()
        {
            Gate.Dispose();
            await Server.DisposeAsync();
        }

        private sealed record Named(Guid Work, Guid Unit, Guid Pseudonym);
    }
}
