using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Gate.Metering;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>A log that goes on under another epoch: nothing honest is lost, nothing is sent so that it counts twice.</summary>
public sealed class EpochTests
{
    [Fact]
    public async Task A_folder_that_turns_out_to_be_a_copy_goes_on_in_a_new_epoch_with_what_is_its_own()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        await Deliver(gate, token, "before");
        await gate.Until(g => g.UploadedAll());

        gate.Server.TakeFromAnother();
        await Deliver(gate, token, "after");

        await gate.Until(() => gate.Server.Charged(Meter.BytesDelivered, claims.Jti) == 20_000);
        await gate.Until(g => g.Ready());
        gate.Server.Epochs.ShouldBe(2);
        gate.Server.Ended.ShouldHaveSingleItem().ShouldBe(new(1, 1, 2));
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(2);
        // And after a restart, in the same epoch.
        await gate.Stop();
        await gate.Begin();
        await Deliver(gate, token, "later");
        await gate.Until(() => gate.Server.Charged(Meter.BytesDelivered, claims.Jti) == 30_000);
        gate.Server.Epochs.ShouldBe(2);
        (await gate.Health())["events_waiting"]!.GetValue<long>().ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_was_restored_gets_what_the_gate_still_has_and_is_told_what_it_had_acknowledged()
    {
        await using var gate = await TestGate.Start(settings: new() { ["LogSegmentBytes"] = "1000000" });
        var claims = gate.World.Claims(gate.World.Once);
        // So many that the files which hold the first of them are dropped once they are acknowledged.
        await Record(gate, claims, 20_000);
        await gate.Until(g => g.UploadedAll(), seconds: 60);
        var acknowledged = gate.Server.Events.Count;
        await gate.Until(async g =>
        {
            await Record(g, claims, 1_000);
            return g.Services.GetRequiredService<LocalLog>().Writer.Segments()[0].Number > 1;
        });
        await gate.Until(g => g.UploadedAll());
        acknowledged = gate.Server.Events.Count;

        gate.Server.LoseUsage(after: 10);
        await Record(gate, claims, 5);

        await gate.Until(() => gate.Server.Epochs == 2);
        await gate.Until(() => gate.Server.Events.Count == 15, seconds: 30);
        gate.Server.Ended.ShouldHaveSingleItem().ShouldBe(new(1, 1, acknowledged));
        await gate.Until(g => g.Ready());
        await Record(gate, claims, 3);
        await gate.Until(() => gate.Server.Events.Count == 18);
    }

    [Fact]
    public async Task A_gate_that_lost_its_token_takes_a_new_epoch_and_sends_nothing_twice()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        gate.Server.LoseReceipts = true;
        await Deliver(gate, token, "1");
        await gate.Until(() => gate.Server.Batches > 0);
        await gate.Stop();
        gate.Server.LoseReceipts = false;
        var kept = Path.Combine(gate.Folder, "data", "epochs.json");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(kept).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Delete(kept);

        await gate.Begin();
        await gate.Until(g => g.Ready());
        await Deliver(gate, token, "2");

        await gate.Until(() => gate.Server.Charged(Meter.BytesDelivered, claims.Jti) == 20_000);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(20_000);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(2);
        gate.Server.Epochs.ShouldBe(2);
    }

    private static async Task Deliver(TestGate gate, string token, string pass) =>
        (await gate.Get("small.bin", token, pass: pass)).Status.ShouldBe(HttpStatusCode.OK);

    // The same use over and over: one event each.
    private static async Task Record(TestGate gate, Core.Licences.LicenceClaims claims, int events)
    {
        var log = gate.Services.GetRequiredService<LocalLog>();
        var tally = log.TallyOf(claims.Jti);
        var facts = new Core.Spool.UsageFacts(
            gate.World.Work, default(UnitId), claims.Jti, claims.Sub, RequestId.From(gate.World.NextId()), 1, Evidence.GateFlushed);
        for (var i = 0; i < events; i++)
        {
            log.Charge(tally, facts, 1, World.Now * 1_000, null, null);
        }

        await log.Durable();
    }
}
