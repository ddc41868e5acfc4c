using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Ids;

namespace Tallystick.Client.Tests;

/// <summary>A gate that means harm, or is in trouble, and the folder that is pulled into.</summary>
public sealed class PullWorkTests : IDisposable
{
    private readonly string _around = Directory.CreateTempSubdirectory("tally-pull-").FullName;
    private readonly WorkId _work = WorkId.From(Guid.CreateVersion7());
    private readonly FastClock _clock = new();
    private readonly string _folder;

    public PullWorkTests() => _folder = Directory.CreateDirectory(Path.Combine(_around, "folder")).FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_around, recursive: true);

    [Theory]
    [InlineData("{0}/evil")]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("..\\\\evil")]
    [InlineData("C:/evil")]
    [InlineData("link/evil")]
    [InlineData("evil.csv")]
    [InlineData(".tally/evil.part")]
    [InlineData("nul")]
    public async Task Whatever_a_gate_names_its_file_nothing_is_written_outside_the_folder(string name)
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), _around);
        File.CreateSymbolicLink(Path.Combine(_folder, "evil.csv"), Path.Combine(_around, "evil"));
        await using var gate = Gate((string.Format(CultureInfo.InvariantCulture, name, _around), "content", null));

        await Should.ThrowAsync<InvalidDataException>(() => Pull(gate));

        Directory.GetFileSystemEntries(_around).ShouldBe([_folder]);
    }

    [Theory]
    [InlineData("../../evil")]
    [InlineData("{0}/evil")]
    [InlineData("ABCDEF")]
    public async Task Nor_does_what_it_gives_as_a_hash_lead_anywhere(string hash)
    {
        await using var gate = Gate(("a.csv", "content", string.Format(CultureInfo.InvariantCulture, hash, _around)));

        await Should.ThrowAsync<InvalidDataException>(() => Pull(gate));

        Directory.GetFileSystemEntries(_around).ShouldBe([_folder]);
        gate.Heads.Count.ShouldBe(1, "nothing was asked for but the list");
    }

    [Fact]
    public async Task The_unfinished_part_is_not_written_through_a_link_either()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder, ".tally"), Directory.CreateDirectory(Path.Combine(_around, "elsewhere")).FullName);
        await using var gate = Gate(("a.csv", "content", null));

        await Should.ThrowAsync<InvalidDataException>(() => Pull(gate));

        Directory.GetFileSystemEntries(Path.Combine(_around, "elsewhere")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_that_are_one_file_somewhere_are_told_before_anything_is_pulled()
    {
        await using var gate = Gate(("Data.csv", "one", null), ("data.csv", "two", null));

        (await Should.ThrowAsync<InvalidDataException>(() => Pull(gate))).Message.ShouldContain("one file");

        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task More_bytes_than_were_listed_are_not_stored()
    {
        await using var gate = new RawServer((_, head, to, stop) => IsList(head)
            ? RawServer.Send(to, "200 OK\r\nContent-Type: application/json", List(("a.csv", "content", null)), stop)
            : RawServer.Send(to, "200 OK", new string('x', 1_000_000), stop));

        await Should.ThrowAsync<InvalidDataException>(() => Pull(gate));

        Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length).ShouldBe(0);
    }

    [Fact]
    public async Task A_gate_that_asks_for_patience_or_stops_in_the_middle_is_waited_for()
    {
        var content = new string('x', 100_000);
        var asked = 0;
        await using var gate = new RawServer(async (number, head, to, stop) =>
        {
            if (number == 1)
            {
                await RawServer.Send(to, "503 Starting\r\nRetry-After: 30", "", stop);
            }
            else if (IsList(head))
            {
                await RawServer.Send(to, "200 OK\r\nContent-Type: application/json", List(("a.csv", content, null)), stop);
            }
            else if (++asked == 1)
            {
                await RawServer.Send(to, "503 Full\r\nRetry-After: 77", "", stop);
            }
            else if (asked == 2)
            {
                await to.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{content[..40_000]}"), stop);
                await Task.Delay(Timeout.Infinite, stop);
            }
            else
            {
                head.ShouldContain("Range: bytes=40000-");
                await RawServer.Send(to, "206 Partial\r\nContent-Range: bytes 40000-99999/100000", content[40_000..], stop);
            }
        });

        (await Pull(gate)).BytesReceived.ShouldBe(100_000);

        (await File.ReadAllTextAsync(Path.Combine(_folder, "a.csv"), Stop)).ShouldBe(content);
        _clock.Pauses.ShouldContain(TimeSpan.FromSeconds(30));
        _clock.Pauses.ShouldContain(TimeSpan.FromSeconds(77));
    }

    private async Task<PullResult> Pull(RawServer gate, PullOptions? options = null)
    {
        using var puller = new PullWork(gate.Address, "licence", clock: _clock);
        return await puller.Run(_work, _folder, options ?? new(), null, Stop);
    }

    private RawServer Gate(params (string Name, string Content, string? Hash)[] files) => new((_, head, to, stop) => IsList(head)
        ? RawServer.Send(to, "200 OK\r\nContent-Type: application/json", List(files), stop)
        : RawServer.Send(to, "200 OK", files[0].Content, stop));

    private bool IsList(string head) => head.StartsWith($"GET /w/{_work}/ ", StringComparison.Ordinal);

    private static string List(params (string Name, string Content, string? Hash)[] files) =>
        $$"""{"files":[{{string.Join(',', files.Select(f => $$"""
            {"unit_id":"{{UnitId.From(Guid.CreateVersion7())}}","path":"{{f.Name}}","size_bytes":{{f.Content.Length}},
             "sha256":"{{f.Hash ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Content)))}}","media_type":"text/csv"}
            """))}}]}""";
}
