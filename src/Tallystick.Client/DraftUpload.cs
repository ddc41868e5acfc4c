using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;

namespace Tallystick.Client;

/// <summary>How files come into a draft: adopted when their content was sent before, together when they are small, by tus when not.</summary>
internal sealed class DraftUpload(TallyClient client, WorkId work, VersionId version, string? unit, Moved<LocalFile> moved)
{
    /// <summary>What the server takes in one request at most.</summary>
    private const int FilesMost = 256;

    /// <summary>Of a request with several files, which is sent again as a whole when the connection breaks.</summary>
    private const long TogetherBytesMost = 8L << 20;

    /// <summary>A file from this size on goes on where it broke off.</summary>
    private const long LargeBytes = 1L << 20;

    private const string TusVersion = "1.0.0";

    private string Draft => $"v1/works/{work}/versions/{version}";

    /// <summary>What goes over the network in one request each: large files alone, small ones together.</summary>
    public static IEnumerable<IReadOnlyList<FileToSend>> Requests(IEnumerable<FileToSend> files)
    {
        var (together, bytes) = (new List<FileToSend>(), 0L);
        foreach (var file in files)
        {
            if (file.SizeBytes >= LargeBytes)
            {
                yield return [file];
                continue;
            }

            if (together.Count == FilesMost || bytes + file.SizeBytes > TogetherBytesMost)
            {
                yield return together;
                (together, bytes) = ([], 0);
            }

            together.Add(file);
            bytes += file.SizeBytes;
        }

        if (together.Count > 0)
        {
            yield return together;
        }
    }

    /// <summary>Files whose content the organisation has sent before come into the draft; the others are answered.</summary>
    public async Task<List<FileToSend>> Adopt(IReadOnlyList<FileToSend> files, CancellationToken stop)
    {
        var missing = new List<FileToSend>();
        foreach (var some in files.Chunk(FilesMost))
        {
            // Adopting twice is as good as once.
            var answer = await client.Persist(() => client.Post<Adopted>($"{Draft}/adopt", Described(some), stop), stop);
            var paths = answer.Missing.ToHashSet(StringComparer.Ordinal);
            foreach (var file in some)
            {
                if (paths.Contains(file.Path))
                {
                    missing.Add(file);
                }
                else
                {
                    moved.Report(file.Local, file.SizeBytes);
                }
            }
        }

        return missing;
    }

    /// <summary>Sends what <see cref="Requests"/> made one request of.</summary>
    public Task Send(IReadOnlyList<FileToSend> files, CancellationToken stop) =>
        files is [{ SizeBytes: >= LargeBytes } large] ? SendLarge(large, stop) : SendTogether(files, stop);

    private async Task SendTogether(IReadOnlyList<FileToSend> files, CancellationToken stop)
    {
        var contents = await Read(files, stop);
        await client.Persist(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"{Draft}/files");
                using var content = new MultipartContent("mixed")
                {
                    JsonContent.Create(Described(files), options: TallyJson.Options),
                    new ByteArrayContent(contents) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
                };
                request.Content = content;
                using var response = await client.Open(request, stop);
                return true;
            },
            stop);
        foreach (var file in files)
        {
            moved.Report(file.Local, file.SizeBytes);
        }
    }

    private static async Task<byte[]> Read(IReadOnlyList<FileToSend> files, CancellationToken stop)
    {
        var contents = new byte[files.Sum(f => f.SizeBytes)];
        var at = 0;
        foreach (var file in files)
        {
            var part = contents.AsMemory(at, (int)file.SizeBytes);
            await using var source = new FileStream(file.Local.SourcePath, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (await source.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, stop) < part.Length)
            {
                throw new IOException($"{file.Local.SourcePath} became shorter while it was sent.");
            }

            at += part.Length;
        }

        return contents;
    }

    private Task SendLarge(FileToSend file, CancellationToken stop) => LocalFileException.Plain(async () =>
    {
        var (patience, stored, reached, isFirst) = (client.Patience(), 0L, 0L, true);
        return await patience.Persist(
            async () =>
            {
                // The last answer may be what was lost: then the file is there.
                if (!isFirst && (await Missing(file, stop)).Count == 0)
                {
                    moved.Report(file.Local, file.SizeBytes - reached);
                    return true;
                }

                isFirst = false;
                var upload = await Begin(file, stop);
                var offset = await Offset(upload, stop);
                if (offset > stored)
                {
                    patience.Renew();
                    stored = offset;
                }

                // What the server has counts, not what was sent.
                moved.Report(file.Local, offset - reached);
                reached = offset;
                await Append(upload, file, offset, at =>
                {
                    moved.Report(file.Local, at - reached);
                    reached = at;
                }, stop);
                return true;
            },
            mayRepeat: true, stop);
    });

    private async Task<IReadOnlyList<string>> Missing(FileToSend file, CancellationToken stop) =>
        (await client.Post<Adopted>($"{Draft}/adopt", Described([file]), stop)).Missing;

    private async Task<Uri> Begin(FileToSend file, CancellationToken stop)
    {
        var metadata = new List<(string Name, string Value)> { ("path", file.Path), ("sha256", file.Sha256), ("filetype", file.MediaType) };
        if (unit is not null)
        {
            metadata.Add(("unit", unit));
        }

        using var request = Tus(HttpMethod.Post, new Uri($"{Draft}/uploads", UriKind.Relative));
        request.Headers.Add("Upload-Length", $"{file.SizeBytes}");
        request.Headers.Add(
            "Upload-Metadata", string.Join(',', metadata.Select(m => $"{m.Name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(m.Value))}")));
        using var response = await client.Open(request, stop);
        return response.Headers.Location ?? throw new InvalidDataException("The server does not say where the upload goes on.");
    }

    private async Task<long> Offset(Uri upload, CancellationToken stop)
    {
        using var request = Tus(HttpMethod.Head, upload);
        using var response = await client.Open(request, stop);
        return response.Headers.TryGetValues("Upload-Offset", out var told) &&
            long.TryParse(told.Single(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new InvalidDataException("The server does not say how much of the upload is there.");
    }

    private async Task Append(Uri upload, FileToSend file, long offset, Action<long> at, CancellationToken stop)
    {
        var source = new FileStream(
            file.Local.SourcePath, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        await using var content = new CountedStream(source, file.SizeBytes, at);
        source.Position = offset;
        using var request = Tus(HttpMethod.Patch, upload);
        request.Headers.Add("Upload-Offset", $"{offset}");
        request.Content = new StreamContent(content, 256 * 1024);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        // Said beforehand, so that a server can refuse before the body is sent.
        request.Content.Headers.ContentLength = file.SizeBytes - offset;
        try
        {
            using var response = await client.Open(request, stop);
        }
        catch (TallyProblemException elsewhere) when (elsewhere.Kind == "upload-offset")
        {
            // An earlier request, whose connection broke, was still being stored.
            throw new HttpRequestException(elsewhere.Message, elsewhere);
        }
    }

    private static HttpRequestMessage Tus(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", TusVersion);
        return request;
    }

    private Batch Described(IEnumerable<FileToSend> files) =>
        new([.. files.Select(f => new Description(f.Path, f.Sha256, f.SizeBytes, f.MediaType, unit))]);

    private sealed record Batch(IReadOnlyList<Description> Files);

    private sealed record Description(string Path, string Sha256, long SizeBytes, string MediaType, string? Unit);

    private sealed record Adopted(IReadOnlyList<string> Missing);
}
