using System.Net;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class LeaseTests
{
    [Fact]
    public async Task Parallel_requests_never_get_more_uses_than_there_are()
    {
        const int files = 40;
        const int uses = 7;
        await using var gate = await TestGate.Start([.. Enumerable.Range(0, files).Select(i => ($"{i}.bin", 20_000 + i))]);
        gate.Server.ExhaustedWord = "uses_exhausted";
        var claims = gate.World.Funded(gate.World.Once, Meter.SegmentUnlocked, uses, maxUses: uses);
        var token = gate.World.Token(claims);

        var answers = await Task.WhenAll(Enumerable.Range(0, files * 3).Select(i => gate.Get($"{i % files}.bin", token)));

        // Three asked for each file, and a use covers all three.
        answers.Count(a => a.Status == HttpStatusCode.OK).ShouldBe(uses * 3);
        answers.Where(a => a.Status != HttpStatusCode.OK).ShouldAllBe(a => a.Problem == "uses-exhausted");
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(uses);
    }

    [Theory]
    [InlineData("uses_exhausted", "uses-exhausted")]
    [InlineData("wallet_empty", "wallet-empty")]
    public async Task A_pass_that_another_gate_counted_goes_on_here_when_the_licence_is_used_up(string word, string problem)
    {
        await using var gate = await TestGate.Start();
        gate.Server.ExhaustedWord = word;
        var claims = gate.World.Funded(gate.World.Once, Meter.SegmentUnlocked, 0, maxUses: 1);
        var token = gate.World.Token(claims);
        // The first 8 bytes of SHA-256 of "run-1".
        gate.Server.CountedElsewhere = q => q.LicenceId == claims.Jti && q.Pass == Hash("run-1");

        (await gate.Get("small.bin", token, pass: "run-2")).Problem.ShouldBe(problem);
        (await gate.Get("small.bin", token, pass: "run-1")).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        // Remembered, also after a restart and without the server.
        await gate.Until(g => g.UploadedAll());
        await gate.Stop();
        await gate.Server.Down();
        await gate.Begin();
        (await gate.Get("small.bin", token, pass: "run-1")).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        await gate.Server.Up();
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(20_000);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(0);

        static string Hash(string pass) => Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(pass)).AsSpan(0, 8));
    }

    [Fact]
    public async Task Parallel_requests_never_get_more_bytes_than_the_wallet_covers()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 250_000);
        var token = gate.World.Token(claims);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => gate.Get("small.bin", token)));

        answers.Count(a => a.Status == HttpStatusCode.OK).ShouldBe(25);
        answers.Where(a => a.Status != HttpStatusCode.OK).ShouldAllBe(a => a.Problem == "wallet-empty");
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(250_000);
    }

    [Fact]
    public async Task An_empty_wallet_is_told_at_once_and_a_topped_up_one_goes_on()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_500_000);
        var token = gate.World.Token(claims);

        var refused = await gate.Get("large.bin", token);
        refused.Status.ShouldBe(HttpStatusCode.PaymentRequired);
        refused.Problem.ShouldBe("wallet-empty");
        refused.Json["top_up_url"]!.GetValue<string>().ShouldBe("https://pay.example/wallet");
        (await gate.Get("large.bin", token, "bytes=0-1499999")).Bytes.Length.ShouldBe(1_500_000);

        gate.Server.Wallet[(claims.Jti, Meter.BytesDelivered)] = 10_000_000;
        await gate.Until(async g => (await g.Get("large.bin", token, "bytes=1500000-")).Status == HttpStatusCode.PartialContent);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(3_000_000);
    }

    [Fact]
    public async Task A_delivery_goes_on_although_an_earlier_question_that_knew_nothing_of_its_need_brings_nothing()
    {
        const int ahead = 1_200_000;
        await using var gate = await TestGate.Start();
        var asked = 0;
        gate.Server.Lessor = async request =>
        {
            // The second is asked ahead of need, while the first megabyte flows; it is answered when that has flowed.
            if (Interlocked.Increment(ref asked) == 2)
            {
                await Task.Delay(700, TestContext.Current.CancellationToken);
            }

            return Math.Max(ahead, request.NeededTotal!.Value);
        };

        var answer = await gate.Get("large.bin", gate.World.Token(gate.World.Claims(gate.World.PerMegabyte)));

        answer.Bytes.Length.ShouldBe(3_000_000);
        gate.Server.LeaseRequests.ElementAt(1).NeededTotal.ShouldNotBeNull().ShouldBeLessThan(ahead);
        asked.ShouldBeGreaterThan(2);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(3_000_000);
    }

    [Fact]
    public async Task A_shard_is_paid_once_in_a_pass_and_again_in_the_next()
    {
        await using var gate = await TestGate.Start([("a", 70_000), ("b", 100)]);
        var claims = gate.World.Funded(gate.World.PerShard, Meter.SegmentUnlocked, 3);
        var token = gate.World.Token(claims);

        (await gate.Get("a", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("a", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("b", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("a", token, pass: "2")).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("b", token, pass: "2")).Problem.ShouldBe("wallet-empty");
        (await gate.Get("a", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Cut_off_a_gate_goes_on_inside_its_lease_and_never_beyond()
    {
        await using var gate = await TestGate.Start(settings: new() { ["LeaseBytes"] = "1600000", ["LeaseWaitMilliseconds"] = "300" });
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        var token = gate.World.Token(claims);
        (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Server.Down();
        await gate.Until(async g => !(await Health(g, "connected")));

        var delivered = 0;
        Fetched answer;
        do
        {
            answer = await gate.Get("small.bin", token);
            delivered += answer.Bytes.Length;
        }
        while (answer.Status == HttpStatusCode.OK);

        answer.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Problem.ShouldBe("credit-unreachable");
        (await gate.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)))).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Server.Up();
        await gate.Until(g => g.UploadedAll());
        var granted = gate.Server.Granted[(claims.Jti, Meter.BytesDelivered)];
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeLessThanOrEqualTo(granted);
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeGreaterThan(granted - 10_000);
    }

    [Fact]
    public async Task What_an_idle_licence_does_not_need_goes_back()
    {
        await using var gate = await TestGate.Start(settings: new() { ["LeaseIdleSeconds"] = "1" });
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK);

        await gate.Until(() => gate.Server.Granted[(claims.Jti, Meter.BytesDelivered)] == 10_000);
        (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_lease_whose_time_is_over_is_asked_for_again_before_more_is_delivered()
    {
        await using var gate = await TestGate.Start();
        gate.Server.LeaseLife = TimeSpan.FromMilliseconds(1);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000);
        var token = gate.World.Token(claims);
        await gate.Get("small.bin", token);
        gate.Server.LeaseLife = TimeSpan.FromMinutes(1);
        var before = gate.Server.LeaseRequests.Count(r => r.LicenceId == claims.Jti);

        (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);

        gate.Server.LeaseRequests.Count(r => r.LicenceId == claims.Jti).ShouldBeGreaterThan(before);
    }

    private static async Task<bool> Health(TestGate gate, string member)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/ready");
        return (await gate.Send(request)).Json[member]!.GetValue<bool>();
    }
}
