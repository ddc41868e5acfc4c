using System.Net;
using System.Security.Cryptography;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage;
using Tallystick.Gate.Metering;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

/// <summary>What the gate's disk held and holds otherwise now: never taken for the end, never thrown away, never a secret.</summary>
public sealed class DamageTests
{
    private const int Pulls = 12;

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.0, true)]
    [InlineData(0.02, true)]
    [InlineData(0.3, false)]
    [InlineData(0.5, true)]
    [InlineData(0.97, false)]
    public async Task One_changed_bit_keeps_the_gate_from_starting_and_repair_saves_every_byte(double place, bool isLength)
    {
        await using var gate = await WithUnsentUsage();
        var path = Newest(gate);
        var written = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var frames = Frames(written, path);
        var at = frames[(int)(place * frames.Count)] + (isLength ? 0 : 20);
        await Flip(path, at);
        var before = Files(gate);

        var refused = await Should.ThrowAsync<InvalidDataException>(() => gate.Begin());

        refused.Message.ShouldContain(path);
        refused.Message.ShouldContain($"at byte {frames.Last(f => f <= at)}");
        refused.Message.ShouldContain("tally gate repair");
        Files(gate).ShouldBe(before);
        var shown = Repair(gate, 1);
        shown.ShouldContain("one bit had changed");
        shown.ShouldContain("Nothing was changed");
        Files(gate).ShouldBe(before);

        Repair(gate, 0, "--apply").ShouldContain("the gate can be started");

        Files(gate)[Path.GetFileName(path) + ".damaged"].ShouldBe(before[Path.GetFileName(path)]);
        await Resume(gate);
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe((Pulls + 1) * 10_000);
        gate.Server.Epochs.ShouldBe(1);
    }

    [Fact]
    public async Task What_cannot_be_read_any_more_is_named_and_a_placeholder_goes_out_for_it()
    {
        await using var gate = await WithUnsentUsage();
        var path = Newest(gate);
        var written = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var events = Frames(written, path).Where(f => written[f + 8] == (byte)SpoolKind.Event).ToList();
        // The third and the fourth event with all between them.
        await Overwrite(path, events[2], events[4] - events[2]);

        (await Should.ThrowAsync<InvalidDataException>(() => gate.Begin())).Message.ShouldContain($"at byte {events[2]}");
        Repair(gate, 1).ShouldContain("Lost: events 3 to 4");
        Repair(gate, 0, "--apply");
        await Resume(gate);

        var sent = gate.Server.Events;
        sent.Count(e => e.LicenceId.Span.SequenceEqual(new byte[16])).ShouldBe(2);
        sent.Where(e => e.Meter == (uint)Meter.BytesDelivered && e.Quantity > 1).Sum(e => (long)e.Quantity).ShouldBe((Pulls - 2 + 1) * 10_000);
    }

    [Fact]
    public async Task A_file_without_the_record_of_its_epoch_is_kept_and_its_events_are_written_out()
    {
        await using var gate = await WithUnsentUsage();
        var path = Newest(gate);
        var written = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await Overwrite(path, 0, Frames(written, path).First(f => written[f + 8] == (byte)SpoolKind.StateEnd));

        await Should.ThrowAsync<InvalidDataException>(() => gate.Begin());
        Repair(gate, 1).ShouldContain("cannot be put together");
        Repair(gate, 0, "--apply");

        var kept = await File.ReadAllLinesAsync(path + ".damaged.events.jsonl", TestContext.Current.CancellationToken);
        kept.Count(l => l.Contains("\"quantity\":10000", StringComparison.Ordinal)).ShouldBe(Pulls);
        gate.Server.RefuseUsage = null;
        await gate.Begin();
        await gate.Until(g => g.Ready());
    }

    [Fact]
    public async Task A_torn_end_is_no_damage()
    {
        await using var gate = await WithUnsentUsage();
        var path = Newest(gate);
        var written = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var end = Array.FindLastIndex(written, b => b != 0) + 1;
        Array.Resize(ref written, end + 100);
        // Of one more write its beginning did not reach the disk, and its second record did.
        var torn = new byte[2 * SpoolFrame.HeadBytes + 30];
        torn.AsSpan(0, 30).Fill(7);
        SpoolFrame.Close(torn.AsSpan(30), SpoolKind.Acknowledged, 8, Number(path));
        torn.CopyTo(written.AsSpan(end));
        await File.WriteAllBytesAsync(path, written, TestContext.Current.CancellationToken);

        await Resume(gate);

        gate.Server.Charged(Meter.BytesDelivered).ShouldBe((Pulls + 1) * 10_000);
    }

    [Fact]
    public async Task A_newer_file_goes_when_it_is_blank_and_stays_when_anything_is_in_it()
    {
        await using var gate = await WithUnsentUsage();
        var newest = Newest(gate);
        var (blank, torn) = (Next(newest, 1), Next(newest, 2));
        await File.WriteAllBytesAsync(blank, new byte[1_000_000], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(torn, [.. (await File.ReadAllBytesAsync(newest, TestContext.Current.CancellationToken))[..5], .. new byte[999_995]], TestContext.Current.CancellationToken);

        await Resume(gate);

        File.Exists(blank).ShouldBeFalse();
        File.Exists(torn + ".torn").ShouldBeTrue();
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe((Pulls + 1) * 10_000);
    }

    [Fact]
    public async Task Damage_that_is_met_while_the_gate_runs_makes_it_not_ready_and_is_told_to_the_operator()
    {
        await using var gate = await TestGate.Start();
        await Pull(gate);
        var path = Newest(gate);
        var written = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await Flip(path, Frames(written, path).Last(f => written[f + 8] == (byte)SpoolKind.Event) + 20);
        gate.Server.RefuseUsage = null;

        await gate.Until(async g => !await g.Ready());
        await gate.Until(async g => (await g.Reasons()).Contains("damaged at byte", StringComparison.Ordinal));

        (await gate.Reasons()).ShouldNotContain(gate.Folder);
        await gate.Until(() => gate.Server.States.Any(s => s.Reasons.Any(r => r.Contains(Path.GetFileName(path), StringComparison.Ordinal))));
        // All in front of it has arrived.
        await gate.Until(() => gate.Server.Charged(Meter.BytesDelivered) >= (Pulls - 1) * 10_000);
    }

    [Fact]
    public async Task A_feed_that_the_disk_changed_is_not_trusted_and_comes_anew()
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        gate.Server.Publish(FeedKind.LicenceStatus, claims.Jti.ToString(), new FeedLicenceStatus(claims.Jti, LicenceStatus.Invalid, "Refunded."));
        gate.Server.Publish(FeedKind.LicenceStatus, LicenceId.From(gate.World.NextId()).ToString(), null);
        await gate.Until(async g => (await g.Get("small.bin", g.World.Token(claims))).Status == HttpStatusCode.Forbidden);
        await gate.Until(async g => (await g.Health())["feed_position"]!.GetValue<long>() == g.Server.Head);
        await gate.Stop();
        await gate.Server.Down();
        var path = Path.Combine(gate.Folder, "data", "feed.jsonl");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        // Still JSON, and another licence is revoked now.
        var at = text.IndexOf(claims.Jti.ToString(), StringComparison.Ordinal) + claims.Jti.ToString().Length - 1;
        await Flip(path, at);

        await gate.Begin();

        (await gate.Get("small.bin", gate.World.Token(claims))).Problem.ShouldBe("gate-behind");
        (await gate.Reasons()).ShouldContain("damaged");
        File.Exists(path + ".damaged").ShouldBeTrue();
        await gate.Server.Up();
        await gate.Until(g => g.Ready());
        (await gate.Get("small.bin", gate.World.Token(claims))).Problem.ShouldBe("licence-revoked");
    }

    private static async Task<TestGate> WithUnsentUsage()
    {
        var gate = await TestGate.Start();
        await Pull(gate);
        await gate.Stop();
        return gate;
    }

    private static async Task Pull(TestGate gate)
    {
        gate.Server.RefuseUsage = 503;
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        for (var i = 0; i < Pulls; i++)
        {
            (await gate.Get("small.bin", token, pass: "1")).Status.ShouldBe(HttpStatusCode.OK);
        }
    }

    private static async Task Resume(TestGate gate)
    {
        gate.Server.RefuseUsage = null;
        await gate.Begin();
        (await gate.Get("small.bin", gate.World.Token(gate.World.Claims(gate.World.Once)), pass: "2")).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Until(g => g.UploadedAll());
    }

    private static string Repair(TestGate gate, int status, params string[] arguments)
    {
        using var said = new StringWriter();
        RepairLog.Run(new GateOptions { DataFolder = Path.Combine(gate.Folder, "data") }, arguments, World.Now * 1_000, said).ShouldBe(status);
        return said.ToString();
    }

    private static string LogFolder(TestGate gate) => Path.Combine(gate.Folder, "data", "log");

    private static string Newest(TestGate gate) => LogSegment.Files(LogFolder(gate)).Last(f => !SpoolScan.IsBlank(File.ReadAllBytes(f)));

    private static string Next(string path, int by) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Number(path) + by:D12}.log");

    private static long Number(string path) => LogSegment.Existing(path).Number;

    /// <summary>Every file and the hash of its content.</summary>
    private static Dictionary<string, string> Files(TestGate gate) => Directory.GetFiles(LogFolder(gate))
        .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));

    private static List<int> Frames(byte[] bytes, string path)
    {
        var (frames, at) = (new List<int>(), 0);
        while (SpoolFrame.TryRead(bytes.AsSpan(at), Number(path), out _, out _, out var frame))
        {
            frames.Add(at);
            at += frame;
        }

        return frames;
    }

    private static Task Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, [(byte)(bytes[at] ^ 4)], at);
        return Task.CompletedTask;
    }

    private static Task Overwrite(string path, int at, int count)
    {
        var noise = new byte[count];
        new Random(1).NextBytes(noise);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, noise, at);
        return Task.CompletedTask;
    }
}
