using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Catalog;
using Tallystick.Core.Ids;

namespace Tallystick.Client.Tests;

/// <summary>The addresses of a gate, over versions that a test publishes.</summary>
internal sealed class VersionedGate
{
    private readonly Dictionary<VersionId, (string Path, string Content)[]> _versions = [];
    private VersionId _newest;
    private long _sent;

    public WorkId Work { get; } = WorkId.From(Guid.CreateVersion7());

    /// <summary>Happens once, before the first file is answered.</summary>
    public Action? BeforeFile { get; set; }

    /// <summary>Answers as a cache that passes no condition on.</summary>
    public bool IgnoresConditions { get; set; }

    /// <summary>What the list says of every file, in place of the truth.</summary>
    public long? SizesAre { get; set; }

    public long BytesSent => Interlocked.Read(ref _sent);

    public static HashedFile Hashed(string path, string content) => new(path, Sha256(content), content.Length, "text/csv");

    public VersionId Publish(params (string Path, string Content)[] files)
    {
        lock (_versions)
        {
            _newest = VersionId.From(Guid.CreateVersion7());
            _versions[_newest] = files;
            return _newest;
        }
    }

    public RawServer Serve(bool tellsVersions = true) => new(async (_, head, to, stop) =>
    {
        var path = Uri.UnescapeDataString(head.Split(' ')[1]);
        if (path.EndsWith('/'))
        {
            await RawServer.Send(to, "200 OK\r\nContent-Type: application/json", List(Version(path), tellsVersions), stop);
            return;
        }

        Action? before;
        lock (_versions)
        {
            (before, BeforeFile) = (BeforeFile, null);
        }

        before?.Invoke();
        var (name, content) = Version(path).Files.Single(f => path.EndsWith("/" + f.Path, StringComparison.Ordinal));
        if (!IgnoresConditions && !head.Contains($"If-Match: \"{Sha256(content)}\"", StringComparison.Ordinal))
        {
            await RawServer.Send(to, "412 Precondition Failed", "", stop);
            return;
        }

        Interlocked.Add(ref _sent, content.Length);
        await RawServer.Send(to, $"200 OK\r\nETag: \"{Sha256(content)}\"", content, stop);
    });

    /// <summary>The lists are answered; each file as the test says.</summary>
    public RawServer Serve(Func<string, Stream, CancellationToken, Task> file) => new((_, head, to, stop) =>
        Uri.UnescapeDataString(head.Split(' ')[1]) is var path && path.EndsWith('/')
            ? RawServer.Send(to, "200 OK\r\nContent-Type: application/json", List(Version(path), tellsVersions: true), stop)
            : file(head, to, stop));

    private (VersionId Id, (string Path, string Content)[] Files) Version(string path)
    {
        lock (_versions)
        {
            var id = path.StartsWith("/v/", StringComparison.Ordinal) ? VersionId.Parse(path.Split('/')[2]) : _newest;
            return (id, _versions[id]);
        }
    }

    private string List((VersionId Id, (string Path, string Content)[] Files) version, bool tellsVersions) =>
        $$"""{"work_id":"{{Work}}",{{(tellsVersions ? $"\"version_id\":\"{version.Id}\"," : "")}}"files":[{{string.Join(',', version.Files.Select(f => $$"""
            {"unit_id":"{{UnitId.From(Guid.CreateVersion7())}}","path":"{{f.Path}}","size_bytes":{{SizesAre ?? f.Content.Length}},"sha256":"{{Sha256(f.Content)}}","media_type":"text/csv"}
            """))}}]}""";

    private static string Sha256(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
}
