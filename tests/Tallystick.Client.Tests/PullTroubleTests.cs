using System.Diagnostics;
using System.Text;

namespace Tallystick.Client.Tests;

/// <summary>What is wrong on this machine is told at once; what is wrong on the way is borne for as long as it moves on.</summary>
public sealed class PullTroubleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-pull-").FullName;
    private readonly FastClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task More_than_the_disk_holds_is_not_asked_for()
    {
        var gate = new VersionedGate { SizesAre = 1L << 60 };
        gate.Publish(("a.csv", "one"));
        await using var server = gate.Serve();

        (await Should.ThrowAsync<IOException>(() => Pull(gate, server, _folder))).Message.ShouldContain("has space for");

        server.Heads.Count.ShouldBe(1, "nothing was asked for but the list");
    }

    [Fact]
    public async Task A_disk_that_fills_up_meanwhile_ends_it_without_asking_again()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can mount a small disk");
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(await Ran("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk), "mounting is not allowed here");
        try
        {
            var gate = new VersionedGate();
            gate.Publish(("a.csv", new string('a', 3_000_000)));
            gate.BeforeFile = () => File.WriteAllBytes(Path.Combine(disk, "ballast"), new byte[2_000_000]);
            await using var server = gate.Serve();

            (await Should.ThrowAsync<IOException>(() => Pull(gate, server, disk))).ShouldBeOfType<IOException>();

            server.Heads.Count.ShouldBe(2, "the list, and the file once");
        }
        finally
        {
            (await Ran("umount", disk)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_road_that_breaks_again_and_again_is_gone_on_with_while_there_is_progress()
    {
        const int breaks = 40;
        var content = new string('x', breaks * 1_000);
        var gate = new VersionedGate();
        gate.Publish(("a.csv", content));
        await using var server = gate.Serve(async (head, to, stop) =>
        {
            var from = head.Split("Range: bytes=") is [_, var range] ? int.Parse(range.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture) : 0;
            var told = from == 0 ? "200 OK" : $"206 Partial\r\nContent-Range: bytes {from}-{content.Length - 1}/{content.Length}";
            await to.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {told}\r\nContent-Length: {content.Length - from}\r\n\r\n{content.Substring(from, 1_000)}"), stop);
        });

        (await Pull(gate, server, _folder)).BytesReceived.ShouldBe(content.Length);

        (await File.ReadAllTextAsync(Path.Combine(_folder, "a.csv"), Stop)).ShouldBe(content);
        server.Heads.Count.ShouldBe(1 + breaks);
    }

    [Fact]
    public async Task A_gate_that_has_not_heard_of_the_offer_yet_is_waited_for_as_it_says()
    {
        var (gate, asked) = (new VersionedGate(), 0);
        gate.Publish(("a.csv", "one"));
        await using var server = gate.Serve((_, to, stop) => Interlocked.Increment(ref asked) <= 10
            ? RawServer.Send(
                to, "503 Not yet\r\nRetry-After: 2\r\nContent-Type: application/problem+json",
                """{"type":"https://tallystick.dev/problems/offer-not-here-yet","status":503}""", stop)
            : RawServer.Send(to, "200 OK", "one", stop));

        (await Pull(gate, server, _folder)).BytesReceived.ShouldBe(3);

        _clock.Pauses.Count(p => p == TimeSpan.FromSeconds(2)).ShouldBe(10);
    }

    private async Task<PullResult> Pull(VersionedGate gate, RawServer server, string folder)
    {
        using var puller = new PullWork(server.Address, "licence", clock: _clock);
        return await puller.Run(gate.Work, folder, new(), null, Stop);
    }

    private static async Task<bool> Ran(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(Stop);
        return process.ExitCode == 0;
    }
}
