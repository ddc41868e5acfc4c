using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Gates;
using Tallystick.Core.Usage;
using Tallystick.Gate.Metering;
using Tallystick.Gate.Tests.Support;
using Tallystick.Hosting;

namespace Tallystick.Gate.Tests;

public sealed class SurvivalTests
{
    [Fact]
    public async Task A_gate_starts_and_works_while_the_server_is_down_and_remembers_uses()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var revoked = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        (await gate.Get("small.bin", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);
        gate.Server.Publish(FeedKind.LicenceStatus, revoked.Jti.ToString(), new FeedLicenceStatus(revoked.Jti, LicenceStatus.Invalid, "Refunded."));
        await gate.Until(async g => (await g.Get("small.bin", g.World.Token(revoked))).Status == HttpStatusCode.Forbidden);
        await gate.Until(g => g.UploadedAll());
        await gate.Stop();
        await gate.Server.Down();

        await gate.Begin();

        (await gate.Ready()).ShouldBeTrue();
        (await gate.Get("small.bin", token, pass: "1")).Bytes.ShouldBe(gate.World.Content["small.bin"]);
        (await gate.Get("large.bin", token, pass: "1")).Bytes.ShouldBe(gate.World.Content["large.bin"]);
        (await gate.Get("small.bin", gate.World.Token(revoked))).Status.ShouldBe(HttpStatusCode.Forbidden);
        await gate.Server.Up();
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(3_020_000);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(2);
        gate.Server.Epochs.ShouldBe(1);
    }

    [Fact]
    public async Task What_nobody_foresaw_is_a_problem_before_the_first_byte_and_a_broken_connection_after_it()
    {
        var clock = new BreakingClock();
        await using var gate = await TestGate.Start(before: g => g.Clock = clock);
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        (await gate.Get("large.bin", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);

        clock.GoodFor = 0;
        var before = await gate.Get("small.bin", token, pass: "1");
        // Once for the decision; then for the record of what was sent.
        clock.GoodFor = 1;
        await Should.ThrowAsync<HttpRequestException>(() => gate.Get("large.bin", token, pass: "1"));
        clock.GoodFor = int.MaxValue;

        before.Status.ShouldBe(HttpStatusCode.InternalServerError);
        before.Header("Content-Type").ShouldBe("application/problem+json");
        before.Header("Cache-Control").ShouldBe("no-store");
        before.Problem.ShouldBe("internal");
        before.Json["trace_id"]!.GetValue<string>().ShouldNotBeEmpty();
        (await gate.Get("small.bin", token, pass: "1")).Bytes.ShouldBe(gate.World.Content["small.bin"]);
    }

    [Fact]
    public async Task Cut_off_for_longer_than_the_policy_nothing_is_delivered()
    {
        await using var gate = await TestGate.Start(settings: new() { ["CutOffSeconds"] = "1" });
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        await gate.Server.Down();

        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.ServiceUnavailable);
        (await gate.Get("small.bin", token)).Problem.ShouldBe("gate-cut-off");

        await gate.Server.Up();
        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Receipts_that_are_lost_and_refusals_of_the_server_count_nothing_twice()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        gate.Server.LoseReceipts = true;
        await gate.Get("small.bin", token);
        await gate.Until(() => gate.Server.Batches >= 2);
        gate.Server.LoseReceipts = false;
        gate.Server.RefuseUsage = 503;
        await gate.Get("small.bin", token);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        gate.Server.RefuseUsage = null;

        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBe(20_000);
    }

    [Fact]
    public async Task A_feed_that_began_anew_is_read_anew_and_unknown_entries_are_passed_over()
    {
        await using var gate = await TestGate.Start();
        gate.Server.Unknown = "a_kind_of_tomorrow";
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        gate.Server.ForgetFeed();
        gate.Server.Publish(FeedKind.SigningKey, World.Kid, World.PublicKey(gate.World.Key, World.Kid, "licence"));

        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.NotFound);
        gate.World.Announce();
        await gate.Until(async g => (await g.Get("small.bin", token)).Problem == "offer-not-here-yet");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_clock_that_is_ten_minutes_off_opens_nothing_and_shuts_nobody_out(int minutes)
    {
        await using var gate = await TestGate.Start(before: g => g.Server.ClockAhead = TimeSpan.FromMinutes(minutes));
        var serverNow = World.Now + (minutes * 60);
        var claims = gate.World.Claims(gate.World.Once);

        var valid = claims with { Nbf = serverNow - 5, Exp = serverNow + 120 };
        var expired = claims with { Nbf = 1, Exp = serverNow - 120 };
        var early = claims with { Nbf = serverNow + 120, Exp = serverNow + 3_600 };

        (await gate.Get("small.bin", gate.World.Token(valid))).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("small.bin", gate.World.Token(expired))).Problem.ShouldBe("licence-expired");
        (await gate.Get("small.bin", gate.World.Token(early))).Problem.ShouldBe("licence-not-yet-valid");
    }

    [Fact]
    public async Task A_buyer_who_goes_away_is_charged_for_what_was_flushed()
    {
        const int size = 40_000_000;
        await using var gate = await TestGate.Start([("huge.bin", size)]);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);

        var received = await ReadAndReset(gate, gate.World.Token(claims), 5_000_000);

        await gate.Until(g => Task.FromResult(gate.Server.Charged(Meter.BytesDelivered, claims.Jti) >= received - 65_536));
        await gate.Until(() => Reserved(gate, claims) == 0);
        await gate.Until(g => g.UploadedAll());
        var charged = gate.Server.Charged(Meter.BytesDelivered, claims.Jti);
        charged.ShouldBeGreaterThanOrEqualTo(received - 65_536);
        // What the kernel had taken from us and the buyer had not: two socket buffers at most.
        charged.ShouldBeLessThan(received + 16_000_000);
        charged.ShouldBeLessThan(size);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(1);
        (await gate.Get("huge.bin", gate.World.Token(claims), $"bytes={received}-")).Bytes
            .ShouldBe(gate.World.Content["huge.bin"][(int)received..]);
    }

    [Fact]
    public async Task A_licence_that_is_revoked_while_its_bytes_flow_gets_no_more_of_them()
    {
        const int size = 60_000_000;
        await using var gate = await TestGate.Start([("huge.bin", size), ("small.bin", 10_000)]);
        var claims = gate.World.Claims(gate.World.Once);
        using var request = gate.World.Get("huge.bin", gate.World.Token(claims));
        using var slow = await gate.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await slow.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[1_000], TestContext.Current.CancellationToken);

        gate.Server.Publish(FeedKind.LicenceStatus, claims.Jti.ToString(), new FeedLicenceStatus(claims.Jti, LicenceStatus.Invalid, "Misuse."));
        await gate.Until(async g => (await g.Get("small.bin", g.World.Token(claims))).Status == HttpStatusCode.Forbidden);

        await Should.ThrowAsync<IOException>(() => body.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));
        await gate.Until(g => g.UploadedAll());
        // What had left before; of it at most two socket buffers had not arrived.
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeInRange(1, size / 2);
    }

    [Fact]
    public async Task A_slow_buyer_gets_everything_and_holds_nobody_up()
    {
        await using var gate = await TestGate.Start([("big.bin", 12_000_000), ("small.bin", 10_000)], new() { ["CheckpointBytes"] = "300000" });
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        using var request = gate.World.Get("big.bin", token);
        using var slow = await gate.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await slow.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var first = new byte[1_000];
        await body.ReadExactlyAsync(first, TestContext.Current.CancellationToken);

        for (var i = 0; i < 20; i++)
        {
            (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);
            (await gate.Get("big.bin", token)).Bytes.Length.ShouldBe(12_000_000);
        }

        using var rest = new MemoryStream();
        await body.CopyToAsync(rest, TestContext.Current.CancellationToken);
        ((byte[])[.. first, .. rest.ToArray()]).ShouldBe(gate.World.Content["big.bin"]);
    }

    [Fact]
    public async Task A_full_log_delivers_nothing_new_loses_nothing_and_goes_on_when_there_is_space()
    {
        await using var gate = await TestGate.Start(settings: new() { ["LogBytesMost"] = "16000000", ["LogSegmentBytes"] = "1000000" });
        var claims = gate.World.Claims(gate.World.Once);
        var token = gate.World.Token(claims);
        gate.Server.RefuseUsage = 503;
        var log = gate.Services.GetRequiredService<LocalLog>();
        var tally = log.TallyOf(claims.Jti);
        var facts = new Core.Spool.UsageFacts(
            gate.World.Work, default, claims.Jti, claims.Sub, default, 1, Evidence.GateFlushed);
        while (log.AcceptsDeliveries)
        {
            for (var i = 0; i < 500; i++)
            {
                log.Charge(tally, facts, 1, 1, null, null);
            }

            await log.Durable();
        }

        var refused = await gate.Get("small.bin", token);
        refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Problem.ShouldBe("cannot-meter");
        (await gate.Ready()).ShouldBeFalse();
        gate.Server.RefuseUsage = null;

        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.OK, seconds: 60);
        await gate.Until(g => g.UploadedAll(), seconds: 60);
        gate.Server.Events.Select(e => (long)e.Seq).ShouldBe(Enumerable.Range(1, gate.Server.Events.Count).Select(i => (long)i));
    }

    [Fact]
    public async Task The_upload_joins_the_trace()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var gate = await TestGate.Start();

        await gate.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)));

        await gate.Until(() => gate.Server.TraceParents.Any(t => t is not null));
    }

    private static long Reserved(TestGate gate, Core.Licences.LicenceClaims claims) =>
        gate.Services.GetRequiredService<Credit.Licences>().Of(claims.Jti).Read(Meter.BytesDelivered).Reserved;

    private static async Task<long> ReadAndReset(TestGate gate, string token, int bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, gate.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {gate.World.UrlOf("huge.bin")} HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {token}\r\n\r\n"));
        var buffer = new byte[65_536];
        var got = 0L;
        var head = 0;
        while (got - head < bytes)
        {
            var read = await socket.ReceiveAsync(buffer);
            head = got == 0 ? Encoding.ASCII.GetString(buffer, 0, read).IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4 : head;
            got += read;
        }

        // Reset, not closed in order.
        socket.LingerState = new LingerOption(true, 0);
        return got - head;
    }

    /// <summary>Breaks when a request asks for the time, after so many that may.</summary>
    private sealed class BreakingClock : TimeProvider
    {
        private int _goodFor = int.MaxValue;

        public int GoodFor
        {
            get => _goodFor;
            set => Interlocked.Exchange(ref _goodFor, value);
        }

        public override DateTimeOffset GetUtcNow() =>
            // The gate's other work asks for the time as well, but not while a delivery's code runs.
            !Environment.StackTrace.Contains(nameof(Delivery), StringComparison.Ordinal) || Interlocked.Decrement(ref _goodFor) >= 0
                ? System.GetUtcNow()
                : throw new InvalidOperationException("The clock is broken.");
    }
}
