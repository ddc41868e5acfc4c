using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Tallystick.EndToEnd.Tests.Scripts;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>The one disk of an installation fills up under everything at once: books, blobs, the gate's log, the processes' logs.</summary>
public sealed class DiskTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_is_full_for_a_while_costs_nothing_that_was_acknowledged()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can mount a small disk");
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        Assert.SkipUnless(await installation.LieOnADiskOf(megabytes: 800), "mounting is not allowed here");
        installation.Environment["Tally__Payments__SweepAfterSeconds"] = "2";
        var up = await installation.Tally("up", "--detach");
        up.ExitCode.ShouldBe(0, up.Errors);
        using var story = new Story(installation.Place);
        await story.Prepare();
        var before = await Truth.Checkpoint(story);
        Task filled = Task.CompletedTask;
        story.Begins = step =>
        {
            // Goes on beside the story, which pulls, counts and seals meanwhile as far as it can.
            filled = step == "pull" ? FillForAWhile(installation, story) : filled;
            return Task.CompletedTask;
        };

        await story.Run();
        await filled;

        await Truth.Holds(installation.Place, story, before);
        story.Server.Broken.ShouldBeEmpty();
        (await installation.IsReady("TALLY_SERVER_PORT") && await installation.IsReady("TALLY_GATE_PORT")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_ended_on_a_full_disk_is_started_again_when_there_is_space()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can mount a small disk");
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") is null, "./tally test builds the product first");
        await using var installation = new Installation();
        Assert.SkipUnless(await installation.LieOnADiskOf(megabytes: 800), "mounting is not allowed here");
        (await installation.Tally("up", "--detach")).ExitCode.ShouldBe(0);
        var (watcher, gate) = (installation.Pid("watcher"), installation.Pid("gate"));
        var ballast = Path.Combine(installation.Data, "ballast");

        Fill(ballast);
        await installation.Kill9("gate", "postgres");
        await Task.Delay(TimeSpan.FromSeconds(4), Stop);
        Installation.Lives(watcher).ShouldBeTrue("it waits");
        (await installation.IsReady("TALLY_GATE_PORT")).ShouldBeFalse();
        File.Delete(ballast);

        await Installation.Until(
            async () => await installation.IsReady("TALLY_SERVER_PORT") && await installation.IsReady("TALLY_GATE_PORT"), "everything came back");
        installation.Pid("gate").ShouldNotBe(gate);
        installation.Pid("watcher").ShouldBe(watcher);
    }

    private static async Task FillForAWhile(Installation installation, Story story)
    {
        var ballast = Path.Combine(installation.Data, "ballast");
        Fill(ballast);
        try
        {
            var content = RandomNumberGenerator.GetBytes(3_000_000);
            var began = Stopwatch.StartNew();
            while (began.Elapsed < TimeSpan.FromSeconds(6))
            {
                using var refused = await Put(installation, story, content);
                refused.IsSuccessStatusCode.ShouldBeFalse("there is no space for it");
                Calls.SaysWhenToTryAgain(refused).ShouldBeTrue($"{(int)refused.StatusCode} {await refused.Content.ReadAsStringAsync(Stop)}");
                await Task.Delay(200, Stop);
            }
        }
        finally
        {
            File.Delete(ballast);
        }
    }

    private static async Task<HttpResponseMessage> Put(Installation installation, Story story, byte[] content)
    {
        using var http = new HttpClient { BaseAddress = new Uri(installation.Place.ServerUrl) };
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{story.Draft}/files/large.bin") { Content = new ByteArrayContent(content) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", story.Creator);
        return await http.SendAsync(request, Stop);
    }

    private static void Fill(string path)
    {
        var block = new byte[1024 * 1024];
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 });
        for (var bytes = block.Length; bytes >= 4096;)
        {
            try
            {
                file.Write(block, 0, bytes);
            }
            catch (IOException)
            {
                bytes /= 2;
            }
        }
    }
}
