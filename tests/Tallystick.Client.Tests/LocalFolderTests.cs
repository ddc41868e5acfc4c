using System.Diagnostics;

namespace Tallystick.Client.Tests;

/// <summary>What of a folder is published, and that nothing is left out without a word.</summary>
public sealed class LocalFolderTests : IDisposable
{
    private readonly string _around = Directory.CreateTempSubdirectory("tally-folder-").FullName;
    private readonly string _folder;

    public LocalFolderTests() => _folder = Directory.CreateDirectory(Path.Combine(_around, "folder")).FullName;

    public void Dispose() => Directory.Delete(_around, recursive: true);

    [Fact]
    public async Task Whatever_is_left_out_is_named_with_its_reason()
    {
        Write("folder/b.csv");
        Write("folder/inner/a.csv");
        Write("folder/.secret");
        Write("folder/.git/config");
        File.CreateSymbolicLink(Path.Combine(_folder, "passwd"), "/etc/passwd");
        await Pipe("folder/inner/pipe");

        var found = LocalFolder.Read(_folder, follow: false);

        found.Files.Select(f => f.Path).ShouldBe(["b.csv", "inner/a.csv"]);
        found.Skipped.ShouldBe(
            [new(".git", "hidden"), new(".secret", "hidden"), new("inner/pipe", "not_a_file"), new("passwd", "link")]);
        found.Outside.ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_of_links_is_published_when_they_are_to_be_followed()
    {
        // As a hub keeps a snapshot: names that lead to blobs beside it.
        Write("blobs/1234");
        Write("folder/plain.csv");
        Write("other/deep/x.csv");
        Directory.CreateDirectory(Path.Combine(_folder, "onnx"));
        File.CreateSymbolicLink(Path.Combine(_folder, "model.bin"), "../blobs/1234");
        File.CreateSymbolicLink(Path.Combine(_folder, "onnx", "model.onnx"), "../../blobs/1234");
        File.CreateSymbolicLink(Path.Combine(_folder, "same.csv"), "plain.csv");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "other"), Path.Combine(_around, "other"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "onnx", "up"), "..");
        File.CreateSymbolicLink(Path.Combine(_folder, "nowhere"), "nothing-there");
        File.CreateSymbolicLink(Path.Combine(_folder, "one"), "two");
        File.CreateSymbolicLink(Path.Combine(_folder, "two"), "one");

        var found = LocalFolder.Read(_folder, follow: true);

        found.Files.Select(f => (f.Path, f.SizeBytes)).ShouldBe(
            [("model.bin", 10), ("onnx/model.onnx", 10), ("other/deep/x.csv", 16), ("plain.csv", 16), ("same.csv", 16)]);
        found.Skipped.ShouldBe(
            [new("nowhere", "broken_link"), new("one", "broken_link"), new("onnx/up", "link_loop"), new("two", "broken_link")]);
        found.Outside.Select(o => o.Path).ShouldBe(["model.bin", "onnx/model.onnx", "other"]);
        found.Outside[0].Target.ShouldEndWith("/blobs/1234");
    }

    [Fact]
    public async Task A_pipe_by_itself_is_refused_by_name()
    {
        await Pipe("folder/pipe");

        Should.Throw<IOException>(() => LocalFolder.Read(Path.Combine(_folder, "pipe"), follow: false)).Message.ShouldContain("pipe");
    }

    [Fact]
    public void A_file_by_itself_has_its_own_name_also_behind_a_link()
    {
        Write("blobs/1234");
        File.CreateSymbolicLink(Path.Combine(_folder, "model.bin"), "../blobs/1234");

        var file = LocalFolder.Read(Path.Combine(_folder, "model.bin"), follow: false).Files.ShouldHaveSingleItem();

        (file.Path, file.SizeBytes).ShouldBe(("model.bin", 10));
    }

    private void Write(string path)
    {
        var file = Path.Combine(_around, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, path);
    }

    private async Task Pipe(string path)
    {
        using var made = Process.Start("mkfifo", [Path.Combine(_around, path)]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        made.ExitCode.ShouldBe(0);
    }
}
