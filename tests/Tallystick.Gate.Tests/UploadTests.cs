using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Usage;
using Tallystick.Gate.Metering;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class UploadTests
{
    [Fact]
    public async Task Thousands_of_waiting_events_reach_a_server_that_takes_small_bodies()
    {
        await using var gate = await TestGate.Start();
        gate.Server.BodyBytesMost = 30_000;
        gate.Server.RefuseUsage = 503;
        var free = gate.World.Claims(gate.World.Once);
        await Record(gate, free, events: 8_000);
        var paid = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000);
        await gate.Get("small.bin", gate.World.Token(paid));

        gate.Server.RefuseUsage = null;

        await gate.Until(g => g.UploadedAll(), seconds: 60);
        gate.Server.Charged(Meter.BytesDelivered, free.Jti).ShouldBe(8_000);
        gate.Server.Charged(Meter.BytesDelivered, paid.Jti).ShouldBe(10_000);
        (await gate.Health())["events_set_aside"]!.GetValue<int>().ShouldBe(0);
        (await gate.Ready()).ShouldBeTrue();
    }

    [Fact]
    public async Task An_event_that_is_refused_alone_is_kept_and_told_and_the_rest_goes_on()
    {
        await using var gate = await TestGate.Start();
        gate.Server.RefuseUsage = 503;
        var (good, bad) = (gate.World.Claims(gate.World.Once), gate.World.Claims(gate.World.Once));
        await Record(gate, good, events: 200);
        await Record(gate, bad, events: 1);
        await Record(gate, good, events: 200);
        gate.Server.RefuseEvent = e => IsOf(e, bad);

        gate.Server.RefuseUsage = null;

        await gate.Until(g => g.UploadedAll(), seconds: 60);
        gate.Server.Charged(Meter.BytesDelivered, good.Jti).ShouldBe(400);
        gate.Server.Events.ShouldAllBe(e => !IsOf(e, bad));
        // The bytes, and the use.
        (await gate.Health())["events_set_aside"]!.GetValue<int>().ShouldBe(2);
        await gate.Until(() => gate.Server.States.Any(s => s.EventsSetAside == 2));
        var kept = await File.ReadAllLinesAsync(Path.Combine(gate.Folder, "data", "set-aside.jsonl"), TestContext.Current.CancellationToken);
        kept.Length.ShouldBe(2);
        IsOf(Core.Usage.Wire.UsageEvent.Parser.ParseFrom(Convert.FromBase64String(
            System.Text.Json.Nodes.JsonNode.Parse(kept[0])!["event"]!.GetValue<string>())), bad).ShouldBeTrue();

        // What was sent in their places is sent again, to the byte, when the receipts were lost.
        await gate.Stop();
        await gate.Begin();
        gate.Server.LoseReceipts = true;
        await Record(gate, good, events: 1);
        await gate.Until(() => gate.Server.Charged(Meter.BytesDelivered, good.Jti) == 401);
        gate.Server.LoseReceipts = false;
        await gate.Until(g => g.UploadedAll());
        (await gate.Health())["events_set_aside"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_gate_whose_usage_nobody_takes_is_not_ready_and_says_so_here_and_to_its_server_until_it_is_taken()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        gate.Server.RefuseUsage = 401;
        await gate.Get("small.bin", gate.World.Token(claims));

        await gate.Until(async g => !await g.Ready());
        (await gate.Reasons()).ShouldContain("refuses events 1-2 with 401");
        await gate.Until(() => gate.Server.States.Any(s => s.Reasons.Any(r => r.Contains("401", StringComparison.Ordinal)) && s.EventsWaiting == 2));

        gate.Server.RefuseUsage = null;
        await gate.Until(g => g.Ready());
        await gate.Until(g => g.UploadedAll());
        await gate.Until(() => gate.Server.States.Last().Reasons.Count == 0);
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(10_000);
    }

    [Fact]
    public async Task A_server_that_refuses_whatever_it_gets_does_not_empty_the_log_into_what_is_set_aside()
    {
        await using var gate = await TestGate.Start();
        gate.Server.RefuseUsage = 413;
        await Record(gate, gate.World.Claims(gate.World.Once), events: 50);

        await gate.Until(async g => !await g.Ready());
        await Task.Delay(500, TestContext.Current.CancellationToken);

        (await gate.Health())["events_set_aside"]!.GetValue<int>().ShouldBe(1);
        (await gate.Health())["events_waiting"]!.GetValue<int>().ShouldBe(51);
        gate.Server.RefuseUsage = null;
        await gate.Until(g => g.UploadedAll());
        (await gate.Ready()).ShouldBeTrue();
    }

    // As deliveries of one byte would, without a request for each.
    private static async Task Record(TestGate gate, LicenceClaims claims, int events)
    {
        var log = gate.Services.GetRequiredService<LocalLog>();
        var tally = log.TallyOf(claims.Jti);
        var facts = new Core.Spool.UsageFacts(
            gate.World.Work, UnitId.From(gate.World.NextId()), claims.Jti, claims.Sub, RequestId.From(gate.World.NextId()), 1, Evidence.GateFlushed);
        for (var i = 0; i < events; i++)
        {
            log.Charge(tally, facts, 1, World.Now * 1_000, null, null);
        }

        await log.Durable();
    }

    private static bool IsOf(Core.Usage.Wire.UsageEvent e, LicenceClaims claims) =>
        e.LicenceId.Span.SequenceEqual(claims.Jti.Value.ToByteArray(bigEndian: true));
}
