using System.Net;
using System.Net.Http.Json;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;
using Tallystick.Core.Usage;
using Tallystick.Server.Metering;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Access;

/// <summary>Which number the next epoch of a gate has, and what is still taken under earlier ones.</summary>
public sealed class EpochNumberTests(Postgres postgres)
{
    private static readonly Guid Folder = new(1, 0, 0, new byte[8]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A log of two epochs, and a server that comes back from before the second.</summary>
    [Fact]
    public async Task After_a_restore_no_earlier_epoch_of_a_log_that_went_on_takes_anything()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Metering:SealAfter"] = "00:00:00.1" });
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (licence, _) = await buyer.Licence(await creator.MeteredOffer(work, 10));
        await LeaseTests.Prepay(server, buyer, 10_000);
        await Wait.ForEvents(server);
        using var gate = server.Client(TestServer.GateSecret);
        var first = await gate.Begin(Folder);
        var named = (await server.Database.QueryOne<Named>(
            """
            select w.id as work, w.unit_id as unit, l.pseudonym from licensing.licence l join catalog.work w on w.id = l.work_id
            where l.id = @licence
            """,
            new { licence }, Stop))!;
        IngestUsage.Batch Batch(EpochGrant of, long seq, int count) => new(of.GateId, of.Epoch, [.. Enumerable.Range(0, count).Select(i => new StoredEvent(
            seq + i, named.Work, named.Unit, licence.Value, named.Pseudonym, (short)Meter.SegmentUnlocked, 1,
            server.Clock.GetUtcNow().ToUnixTimeMilliseconds(), (short)Evidence.GateFlushed, Guid.CreateVersion7(), seq + i))]);
        using var old = server.Client(TestServer.GateSecret);
        old.SpeakFor(first);
        (await old.Report(Batch(first, 1, 2))).StatusCode.ShouldBe(HttpStatusCode.OK);
        var second = await gate.Begin(Folder, new(first.Epoch, first.LeasesOf, 2));
        second.EndedAt.ShouldBe(2);

        // The database of before the second epoch.
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                delete from access.epoch where number = @Second; delete from metering.emitter where epoch = @Second;
                update access.epoch set ended_at = null; update metering.emitter set closed = false;
                update access.gate set last_epoch = @First;
                """,
                new { First = first.Epoch, Second = second.Epoch }),
            Stop);
        var third = await gate.Begin(Folder, new(second.Epoch, second.LeasesOf, 0));
        third.Epoch.ShouldBeGreaterThan(second.Epoch);

        // A batch of before that a proxy had kept: all of it is sent again under the third.
        (await old.Report(Batch(first, 3, 3))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    /// <summary>
    /// Whoever once had the gate's place names an epoch far ahead as one that a restore has lost: the gate comes by it later.
    /// </summary>
    [Fact]
    public async Task No_number_that_somebody_named_ahead_keeps_a_gate_from_its_next_epoch_for_ever()
    {
        await using var server = await TestServer.Start(postgres);
        using var thief = server.Client(TestServer.GateSecret);
        using var gate = server.Client(TestServer.GateSecret);
        var honest = await gate.Begin(Folder);
        server.Clock.Advance(TimeSpan.FromSeconds(91));
        var other = new Guid(2, 0, 0, new byte[8]);
        var taken = await thief.Begin(other);
        var far = taken.Epoch + 101;
        var second = await thief.Begin(other, new(far, taken.Epoch, 0));
        second.Epoch.ShouldBe(taken.Epoch + 1);
        while (second.Epoch + 1 < far)
        {
            second = await thief.Begin(other);
        }

        // The thief is gone, the secret another by now; the gate asks as it does.
        server.Clock.Advance(TimeSpan.FromSeconds(91));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var answer = await gate.PostAsJsonAsync(
                "/gate/v1/epochs", new EpochRequest(Folder, new(honest.Epoch, honest.LeasesOf, 0)), TallyJson.Options, Stop);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
            server.Clock.Advance(TimeSpan.FromMinutes(5));
        }
    }

    /// <summary>Before epochs had to be issued, whoever had the secret could leave events under numbers of the future.</summary>
    [Fact]
    public async Task Events_forged_under_a_future_epoch_before_the_upgrade_do_not_keep_the_gate_from_it()
    {
        await using var server = await TestServer.Start(postgres);
        using var gate = server.Client(TestServer.GateSecret);
        var first = await gate.Begin(Folder);
        await server.Database.InTransaction(
            tx => tx.Execute(
                "insert into metering.emitter (emitter, epoch) values (@GateId, @Next)", new { first.GateId, Next = first.Epoch + 1 }), Stop);

        using var answer = await gate.PostAsJsonAsync(
            "/gate/v1/epochs", new EpochRequest(Folder, new(first.Epoch, first.LeasesOf, 0)), TallyJson.Options, Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
    }

    private sealed record Named(Guid Work, Guid Unit, Guid Pseudonym);
}
