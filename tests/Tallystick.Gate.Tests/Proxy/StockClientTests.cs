using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Usage;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests.Proxy;

/// <summary>The clients that people have, through nginx, at a gate: what they lay down is what was published, and charged as received.</summary>
public sealed class StockClientTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    /// <summary>What may lie in the proxy for one connection that is broken off, as docs/behind-a-proxy.md says.</summary>
    private const int HeldMost = 2_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("tally-stock-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Curl_receives_the_file_and_goes_on_where_it_broke_off() => Receives(
        "curl", "curl -sS --fail --cacert $CA -H \"$AUTH\" -r 0-1999999 -o $OUT $URL && curl -sS --fail --cacert $CA -H \"$AUTH\" -C - -o $OUT $URL");

    [Fact]
    public Task Wget_receives_the_file() => Receives("wget", "wget -q --ca-certificate=$CA --header=\"$AUTH\" -O $OUT $URL");

    [Fact]
    public Task Rclone_receives_the_file() => Receives(
        "rclone", "rclone --config /dev/null --ca-cert $CA --header \"$AUTH\" copyurl $URL $OUT");

    [Fact]
    public Task Aria2_receives_the_file_over_eight_connections() => Receives(
        "aria2c", "aria2c -q --ca-certificate=$CA --header=\"$AUTH\" -x8 -s8 -k1M -d $(dirname $OUT) -o $(basename $OUT) $URL", 8 * HeldMost);

    [Fact]
    public Task Pandas_reads_the_table() => Receives(
        Python,
        """
        SSL_CERT_FILE=$CA /usr/bin/python3 - <<'END'
        import os, pandas
        name, value = os.environ["AUTH"].split(": ")
        table = pandas.read_csv(os.environ["URL"], storage_options={name: value})
        table.to_csv(os.environ["OUT"], index=False, lineterminator="\n")
        END
        """,
        modules: "pandas");

    [Fact]
    public Task Fsspec_reads_all_of_it_by_parts() => Receives(
        Python,
        """
        SSL_CERT_FILE=$CA /usr/bin/python3 - <<'END'
        import os, fsspec
        name, value = os.environ["AUTH"].split(": ")
        files = fsspec.filesystem("http", client_kwargs={"headers": {name: value}})
        size, url, part = files.info(os.environ["URL"])["size"], os.environ["URL"], 1_000_000
        with open(os.environ["OUT"], "wb") as out:
            for start in range(0, size, part):
                out.write(files.cat_file(url, start=start, end=min(start + part, size)))
        END
        """,
        modules: "fsspec aiohttp requests");

    /// <param name="program">Without it the test is skipped.</param>
    /// <param name="script">Run by bash, with URL, OUT, AUTH (a header) and CA (a file) in its environment.</param>
    /// <param name="moreMost">Bytes that may be charged beyond the file's.</param>
    /// <param name="modules">Of Python, without which the test is skipped.</param>
    private async Task Receives(string program, string script, int moreMost = 0, string? modules = null)
    {
        Assert.SkipUnless((await Bash($"command -v {program}", [])).ExitCode == 0, $"{program} is not on this machine");
        Assert.SkipUnless(
            modules is null || (await Bash($"{Python} -c 'import {modules.Replace(" ", ", ", StringComparison.Ordinal)}'", [])).ExitCode == 0,
            $"Python has no {modules}");
        await using var gate = await TestGate.Start([], before: g =>
        {
            g.World.Content["table.csv"] = Table();
            g.World.Announce();
        });
        await using var nginx = await NginxProxy.Start(gate);
        var claims = gate.World.Funded(gate.World.PerMegabyte, Meter.BytesDelivered, 1_000_000_000);
        var output = Path.Combine(_folder, "table.csv");

        var (exitCode, said) = await Bash(script, new()
        {
            ["URL"] = nginx.Url + gate.World.UrlOf("table.csv"),
            ["OUT"] = output,
            ["AUTH"] = $"Authorization: Bearer {gate.World.Token(claims)}",
            ["CA"] = nginx.CertificateFile,
        });

        exitCode.ShouldBe(0, said);
        (await File.ReadAllBytesAsync(output, Stop)).ShouldBe(gate.World.Content["table.csv"]);
        await gate.Until(() => gate.Services.GetRequiredService<Credit.Licences>().Of(claims.Jti).Read(Meter.BytesDelivered).Reserved == 0);
        await gate.Until(g => g.UploadedAll());
        var size = gate.World.Content["table.csv"].Length;
        gate.Server.Charged(Meter.BytesDelivered, claims.Jti).ShouldBeInRange(size, size + moreMost);
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(1);
    }

    private static byte[] Table()
    {
        var text = new StringBuilder("row,square\n");
        for (var row = 0L; text.Length < 12_000_000; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row},{row * row}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static async Task<(int ExitCode, string Said)> Bash(string script, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output + await errors);
    }
}
