using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Tallystick.Core.Ids;

namespace Tallystick.Client.Tests;

/// <summary>The catalog's routes, as far as publishing uses them.</summary>
internal sealed class FakeCatalog : HttpMessageHandler
{
    private static readonly VersionId Version = VersionId.From(Guid.CreateVersion7());
    private readonly Lock _lock = new();

    public WorkId Work { get; } = WorkId.From(Guid.CreateVersion7());

    public Dictionary<string, string> Draft { get; } = [];

    /// <summary>What the organisation has stored, in whichever work.</summary>
    public HashSet<string> Stored { get; } = [];

    /// <summary>Large files by their path, as far as they have come.</summary>
    public Dictionary<string, byte[]> Partial { get; } = [];

    public string? DraftBegunUnder { get; set; }

    public bool Published { get; private set; }

    public string? Meant { get; private set; }

    /// <summary>Breaks so many connections, each after this many bytes of a large file or none of several.</summary>
    public int Breaks { get; set; }

    public int BreaksAfterBytes { get; set; }

    public int Requests { get; private set; }

    /// <summary>Requests that carried content.</summary>
    public int Sent { get; private set; }

    public long BytesSent { get; private set; }

    public Action? BeforeContent { get; set; }

    private static string Prefix(WorkId work) => $"/v1/works/{work}/versions";

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // A real connection reads the body while others do the same; here one request is answered at a time.
        var path = request.RequestUri!.AbsolutePath;
        var version = $"{Prefix(Work)}/{Version}";
        lock (_lock)
        {
            Requests++;
        }

        return (request.Method.Method, path) switch
        {
            ("GET", _) when path == $"/v1/works/{Work}" => Json(
                $$"""
                {"work_id":"{{Work}}","creator":"{{OrganisationId.From(Guid.Empty)}}","title":"t","description":"","kind":"dataset",
                 "source":{"name":"n","licence":"l"},"versions":[],"offers":[],"files":[],"new_in_a_later_server":1}
                """),
            ("POST", _) when path == Prefix(Work) => Begin(request.Headers.GetValues("Idempotency-Key").Single()),
            ("POST", _) when path == $"{version}/publish" => await Publish(request, cancellationToken),
            ("POST", _) when path == $"{version}/adopt" => await Adopt(request, cancellationToken),
            ("POST", _) when path == $"{version}/files" => await Store(request, cancellationToken),
            ("POST", _) when path == $"{version}/uploads" => BeginUpload(request),
            ("GET", _) when path == $"{version}/files" => Files(request.RequestUri.Query),
            ("HEAD", _) when path.StartsWith("/v1/uploads/", StringComparison.Ordinal) => Offset(Name(path, "/uploads/")),
            ("PATCH", _) => await Append(Name(path, "/uploads/"), request, cancellationToken),
            ("DELETE", _) => Remove(Name(path, "/files/")),
            _ => throw new InvalidOperationException($"{request.Method} {path} was not expected."),
        };
    }

    private static string Name(string path, string after) =>
        Uri.UnescapeDataString(path[(path.IndexOf(after, StringComparison.Ordinal) + after.Length)..]);

    private HttpResponseMessage Begin(string key) => (DraftBegunUnder ?? key) == key
        ? Json($$"""{"version_id":"{{Version}}","number":1,"file_count":{{Draft.Count}}}""", HttpStatusCode.Created)
        : Json($$"""{"type":"https://x/problems/draft-exists","status":409,"version_id":"{{Version}}"}""", HttpStatusCode.Conflict);

    private async Task<HttpResponseMessage> Publish(HttpRequestMessage request, CancellationToken stop)
    {
        Meant = (string?)JsonNode.Parse(await request.Content!.ReadAsStringAsync(stop))!["hash"];
        Published = true;
        return Json($$"""{"version_id":"{{Version}}","number":1,"hash":"h","file_count":{{Draft.Count}},"size_bytes":6}""");
    }

    private async Task<HttpResponseMessage> Adopt(HttpRequestMessage request, CancellationToken stop)
    {
        var missing = new JsonArray();
        var files = JsonNode.Parse(await request.Content!.ReadAsStringAsync(stop))!["files"]!.AsArray();
        lock (_lock)
        {
            foreach (var file in files)
            {
                if (Stored.FirstOrDefault(c => Sha256(Encoding.UTF8.GetBytes(c)) == (string?)file!["sha256"]) is { } content)
                {
                    Draft[(string)file!["path"]!] = content;
                }
                else
                {
                    missing.Add((string)file!["path"]!);
                }
            }
        }

        return Json(new JsonObject { ["adopted"] = files.Count - missing.Count, ["missing"] = missing }.ToJsonString());
    }

    private async Task<HttpResponseMessage> Store(HttpRequestMessage request, CancellationToken stop)
    {
        BeforeContent?.Invoke();
        var body = await request.Content!.ReadAsByteArrayAsync(stop);
        lock (_lock)
        {
            Sent++;
            if (Breaks-- > 0)
            {
                throw new HttpRequestException("broken");
            }
        }

        using var stream = new MemoryStream(body);
        var parts = new MultipartReader(request.Content.Headers.ContentType!.Parameters.Single().Value!.Trim('"'), stream);
        var files = JsonNode.Parse((await parts.ReadNextSectionAsync(stop))!.Body)!["files"]!.AsArray();
        var contents = (await parts.ReadNextSectionAsync(stop))!.Body;
        foreach (var file in files)
        {
            var content = new byte[(int)file!["size_bytes"]!];
            await contents.ReadExactlyAsync(content, stop);
            Sha256(content).ShouldBe((string?)file["sha256"]);
            Keep((string)file["path"]!, content);
        }

        return Json("""{"stored":1}""");
    }

    private HttpResponseMessage BeginUpload(HttpRequestMessage request)
    {
        request.Headers.GetValues("Tus-Resumable").Single().ShouldBe("1.0.0");
        var path = Encoding.UTF8.GetString(Convert.FromBase64String(request.Headers.GetValues("Upload-Metadata").Single().Split(',')[0].Split(' ')[1]));
        lock (_lock)
        {
            Partial.TryAdd(path, []);
        }

        var begun = new HttpResponseMessage(HttpStatusCode.Created) { Content = new ByteArrayContent([]) };
        begun.Headers.Location = new Uri($"/v1/uploads/{Uri.EscapeDataString(path)}", UriKind.Relative);
        return begun;
    }

    private HttpResponseMessage Offset(string path)
    {
        var found = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        found.Headers.Add("Upload-Offset", Partial[path].Length.ToString(CultureInfo.InvariantCulture));
        return found;
    }

    private async Task<HttpResponseMessage> Append(string path, HttpRequestMessage request, CancellationToken stop)
    {
        BeforeContent?.Invoke();
        request.Headers.GetValues("Upload-Offset").Single().ShouldBe(Partial[path].Length.ToString(CultureInfo.InvariantCulture));
        var body = await request.Content!.ReadAsByteArrayAsync(stop);
        lock (_lock)
        {
            Sent++;
            if (Breaks-- > 0)
            {
                Partial[path] = [.. Partial[path], .. body[..BreaksAfterBytes]];
                BytesSent += BreaksAfterBytes;
                throw new HttpRequestException("broken");
            }

            BytesSent += body.Length;
        }

        Keep(path, [.. Partial[path], .. body]);
        return new HttpResponseMessage(HttpStatusCode.NoContent) { Content = new ByteArrayContent([]) };
    }

    private void Keep(string path, byte[] content)
    {
        lock (_lock)
        {
            Draft[path] = Encoding.UTF8.GetString(content);
            Stored.Add(Draft[path]);
        }
    }

    /// <summary>Two files at a time.</summary>
    private HttpResponseMessage Files(string query)
    {
        var after = query.Split("after=") is [_, var given] ? Uri.UnescapeDataString(given) : "";
        var rest = Draft.Where(f => string.CompareOrdinal(f.Key, after) > 0).OrderBy(f => f.Key, StringComparer.Ordinal).ToList();
        var items = rest.Take(2).Select(f =>
            $$"""{"path":"{{f.Key}}","unit_id":"{{UnitId.From(Guid.Empty)}}","unit_kind":"file","sha256":"{{Sha256(Encoding.UTF8.GetBytes(f.Value))}}","size_bytes":1,"media_type":"text/csv"}""");
        return Json($$"""{"items":[{{string.Join(',', items)}}],"next":{{(rest.Count > 2 ? $"\"{rest[1].Key}\"" : "null")}}}""");
    }

    private HttpResponseMessage Remove(string name) =>
        new(Draft.Remove(name) ? HttpStatusCode.NoContent : HttpStatusCode.NotFound) { Content = new ByteArrayContent([]) };

    private static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) => new(status)
    {
        Content = new StringContent(body, Encoding.UTF8, (int)status < 400 ? "application/json" : "application/problem+json"),
    };
}
