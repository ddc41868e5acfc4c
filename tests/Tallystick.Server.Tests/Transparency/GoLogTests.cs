using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Transparency.LogHarness;

namespace Tallystick.Server.Tests.Transparency;

/// <summary>
/// Go's checksum-database packages read our log over HTTP and check every signature and hash of it: from the server,
/// from a static copy of the folder, and from copies that were tampered with.
/// </summary>
public sealed class GoLogTests(Postgres postgres)
{
    private const string GoPath = "/usr/share/gocode";

    [Fact]
    public async Task Go_accepts_checkpoint_inclusion_and_consistency_and_refuses_tampering()
    {
        Assert.SkipUnless(
            Directory.Exists($"{GoPath}/src/golang.org/x/mod/sumdb") && await IsInstalled(),
            "Go or golang.org/x/mod is not installed: apt-get install golang-go golang-golang-x-mod-dev");
        var checker = await BuildChecker();
        var database = await postgres.NewDatabase();
        await using var server = await TestServer.Start(postgres, null, database);
        await server.AppendMany(200, "sea_");
        await server.CheckpointOf(200);
        var old = Path.Combine(server.Folder, "old-checkpoint");
        File.Copy(Path.Combine(server.Folder, "log", "checkpoint"), old);
        await server.AppendMany(400, "more_");
        await server.CheckpointOf(600);
        var key = (await server.Key()).ToString();

        (await Check(checker, server.Url + "/log", key, old)).ShouldBe(
            (0, "ok checkpoint 600\nok inclusion 600\nok consistency 200 to 600\n"));
        await using var copy = await StaticCopy.Of(Path.Combine(server.Folder, "log"));
        (await Check(checker, copy.Url, key, old)).Exit.ShouldBe(0);

        foreach (var (file, says) in new[]
        {
            ("tile/0/001", "wrong"), ("tile/0/002.p/88", "wrong"), ("tile/1/000.p/2", "wrong"),
            ("tile/entries/001", "wrong"), ("checkpoint", "wrong signature"),
        })
        {
            using (copy.Flip(file))
            {
                var (exit, output) = await Check(checker, copy.Url, key, old);
                exit.ShouldBe(1, $"{file} was changed");
                output.ShouldContain(says);
            }
        }

        (await Check(checker, copy.Url, key, old)).Exit.ShouldBe(0);
        var otherKey = key.Replace("server.test", "other.test", StringComparison.Ordinal);
        (await Check(checker, copy.Url, otherKey, old)).Exit.ShouldBe(1);
    }

    [Fact]
    public async Task Go_refuses_a_log_of_the_same_key_with_another_past()
    {
        Assert.SkipUnless(
            Directory.Exists($"{GoPath}/src/golang.org/x/mod/sumdb") && await IsInstalled(),
            "Go or golang.org/x/mod is not installed: apt-get install golang-go golang-golang-x-mod-dev");
        var checker = await BuildChecker();
        await using var first = await TestServer.Start(postgres);
        await first.AppendMany(5, "sea_");
        await first.CheckpointOf(5);
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "keys"));
        File.Copy(Path.Combine(first.Folder, "keys", "log.key"), Path.Combine(folder, "keys", "log.key"));
        await using var fork = await TestServer.Start(postgres, folder: folder);
        await fork.AppendMany(8, "sea_");
        await fork.CheckpointOf(8);

        var (exit, output) = await Check(
            checker, fork.Url + "/log", (await first.Key()).ToString(), Path.Combine(first.Folder, "log", "checkpoint"));

        exit.ShouldBe(1);
        output.ShouldContain("wrong consistency");
    }

    private static async Task<bool> IsInstalled()
    {
        try
        {
            return (await Run("go", ["version"])).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<string> BuildChecker()
    {
        var program = Path.Combine(Directory.CreateTempSubdirectory("tally-test-").FullName, "logcheck");
        var source = Path.Combine(AppContext.BaseDirectory, "go", "logcheck.go");
        var (exit, output) = await Run("go", ["build", "-o", program, source]);
        exit.ShouldBe(0, output);
        return program;
    }

    private static Task<(int Exit, string Output)> Check(string checker, string url, string key, string old) =>
        Run(checker, [url, key, old]);

    private static async Task<(int Exit, string Output)> Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Debian's packages stand in GOPATH; no module and no proxy is asked for anything.
            Environment = { ["GO111MODULE"] = "off", ["GOPATH"] = GoPath, ["GOFLAGS"] = "", ["CGO_ENABLED"] = "0" },
        })!;
        var errors = process.StandardError.ReadToEndAsync(Stop);
        var output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, output + await errors);
    }

    /// <summary>The log's folder behind a server that knows nothing of logs.</summary>
    private sealed class StaticCopy : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly string _folder;

        private StaticCopy(WebApplication app, string folder) => (_app, _folder) = (app, folder);

        public string Url => _app.Urls.First();

        public static async Task<StaticCopy> Of(string folder)
        {
            var copy = Directory.CreateTempSubdirectory("tally-test-").FullName;
            foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(copy, Path.GetRelativePath(folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                if (!file.EndsWith(".lock", StringComparison.Ordinal))
                {
                    File.Copy(file, to);
                }
            }

            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.MapGet("/{**path}", (string path) => Results.File(Path.Combine(copy, path)));
            await app.StartAsync(Stop);
            return new StaticCopy(app, copy);
        }

        /// <summary>Changes one bit of a file until the answer is disposed of.</summary>
        public IDisposable Flip(string file)
        {
            var path = Path.Combine(_folder, file);
            var bytes = File.ReadAllBytes(path);
            var changed = bytes.ToArray();
            changed[(changed.Length / 2) + 10] ^= 1;
            File.WriteAllBytes(path, changed);
            return new Restore(path, bytes);
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();

        private sealed record Restore(string Path, byte[] Bytes) : IDisposable
        {
            public void Dispose() => File.WriteAllBytes(Path, Bytes);
        }
    }
}
