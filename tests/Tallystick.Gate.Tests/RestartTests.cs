using System.Net;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>What must hold when the gate is started again, when its server was restored, and when two want to be one gate.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task A_gate_that_was_cut_off_for_too_long_is_still_cut_off_when_it_is_started_again()
    {
        await using var gate = await TestGate.Start(settings: new() { ["CutOffSeconds"] = "2" });
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Server.Down();
        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.ServiceUnavailable);
        await gate.Stop();

        await gate.Begin();

        (await gate.Get("small.bin", token)).Problem.ShouldBe("gate-cut-off");
        (await gate.Ready()).ShouldBeFalse();
        await gate.Server.Up();
        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_lease_of_a_licence_that_nobody_used_since_the_restart_goes_back()
    {
        await using var gate = await TestGate.Start(settings: new() { ["LeaseIdleSeconds"] = "3600" });
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK);
        gate.Server.Granted[(claims.Jti, Meter.BytesDelivered)].ShouldBeGreaterThan(10_000);
        await gate.Stop();

        await gate.Begin(new() { ["LeaseIdleSeconds"] = "1" });

        await gate.Until(() => gate.Server.Granted[(claims.Jti, Meter.BytesDelivered)] == 10_000);
    }

    [Fact]
    public async Task Nothing_is_delivered_before_the_whole_feed_has_come()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Until(g => g.UploadedAll());
        await gate.Stop();
        Directory.Delete(Path.Combine(gate.Folder, "data"), recursive: true);
        Revoke(gate, claims);
        gate.Server.HoldAbove = gate.Server.Head - 1;

        await gate.Begin();
        await gate.Until(async g => (await g.Health())["feed_position"]!.GetValue<long>() == g.Server.Head - 1);

        var refused = await gate.Get("small.bin", token);
        refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Problem.ShouldBe("gate-behind");
        refused.Header("Retry-After").ShouldNotBeNull();
        (await gate.Get("not-known-yet.bin", token)).Problem.ShouldBe("gate-behind");
        (await gate.Ready()).ShouldBeFalse();
        gate.Server.HoldAbove = null;
        await gate.Until(g => g.Ready());
        (await gate.Get("small.bin", token)).Problem.ShouldBe("licence-revoked");
    }

    [Fact]
    public async Task A_gate_that_comes_back_delivers_nothing_before_it_has_what_happened_meanwhile()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        await gate.Stop();
        Revoke(gate, claims);
        gate.Server.HoldAbove = gate.Server.Head - 1;

        await gate.Begin();
        await gate.Until(async g => (await g.Health())["connected"]!.GetValue<bool>());

        (await gate.Get("small.bin", gate.World.Token(claims))).Problem.ShouldBe("gate-behind");
        gate.Server.HoldAbove = null;
        await gate.Until(async g => (await g.Get("small.bin", g.World.Token(claims))).Problem == "licence-revoked");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_revocation_that_a_restored_server_made_under_an_old_number_reaches_the_gate(bool whileItIsDown)
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        var backup = gate.Server.Head;
        Grow(gate, 10);
        await gate.Until(async g => (await g.Health())["feed_position"]!.GetValue<long>() == backup + 10);
        await (whileItIsDown ? gate.Stop() : gate.Server.Down());

        gate.Server.RestoreTo(backup);
        Revoke(gate, claims);
        Grow(gate, 50);
        await (whileItIsDown ? gate.Begin() : gate.Server.Up());

        await gate.Until(async g => (await g.Health())["feed_position"]!.GetValue<long>() == backup + 51);
        await gate.Until(g => g.Ready());
        (await gate.Get("small.bin", token)).Problem.ShouldBe("licence-revoked");
        // And the same after one more restart: what is on disk is of one generation.
        await gate.Stop();
        await gate.Server.Down();
        await gate.Begin();
        (await gate.Get("small.bin", token)).Problem.ShouldBe("licence-revoked");
        (await gate.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_gate_whose_epoch_another_took_is_not_ready_and_says_so()
    {
        await using var gate = await TestGate.Start();

        (gate.Server.Fenced, gate.Server.HeldElsewhere) = (true, true);

        // Told with the next report: four times a minute.
        await gate.Until(async g => !await g.Ready(), seconds: 60);
        (await gate.Reasons()).ShouldContain("fenced");
        var claims = gate.World.Claims(gate.World.Once);
        (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK, "what needs no lease goes on");

        // The other is gone: it has its place again, and nobody moved its folder.
        gate.Server.HeldElsewhere = false;
        await gate.Until(g => g.Ready(), seconds: 60);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Epochs.ShouldBe(2);
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(10_000);
    }

    [Fact]
    public async Task A_second_process_with_the_secret_of_a_gate_that_lives_delivers_nothing_and_says_why()
    {
        await using var gate = await TestGate.Start();
        var instance = await gate.Instance();
        await gate.Stop();
        await gate.Begin();
        (await gate.Instance()).ShouldBe(instance);
        await gate.Stop();
        Directory.Delete(Path.Combine(gate.Folder, "data"), recursive: true);
        gate.Server.HeldElsewhere = true;

        await gate.Begin();

        await gate.Until(async g => (await g.Reasons()).Contains("another process", StringComparison.Ordinal));
        (await gate.Ready()).ShouldBeFalse();
        (await gate.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)))).Status
            .ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await gate.Instance()).ShouldNotBe(instance);
        gate.Server.HeldElsewhere = false;
        await gate.Until(g => g.Ready(), seconds: 60);
    }

    private static void Revoke(TestGate gate, LicenceClaims claims) => gate.Server.Publish(
        FeedKind.LicenceStatus, claims.Jti.ToString(), new FeedLicenceStatus(claims.Jti, LicenceStatus.Invalid, "Refunded."));

    private static void Grow(TestGate gate, int entries)
    {
        for (var i = 0; i < entries; i++)
        {
            var licence = LicenceId.From(gate.World.NextId());
            gate.Server.Publish(
                FeedKind.LicenceStatus, licence.ToString(), new FeedLicenceStatus(licence, LicenceStatus.Suspended, "Another's."));
        }
    }
}

file static class Folders
{
    public static Task<string> Instance(this TestGate gate) =>
        File.ReadAllTextAsync(Path.Combine(gate.Folder, "data", "instance"), TestContext.Current.CancellationToken);
}
