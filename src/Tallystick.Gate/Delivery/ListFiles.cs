using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Gate.Feed;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// <c>GET /w/{work}/</c>: the files of a work's newest version, <c>GET /v/{version}/</c>: those of a certain one, whose addresses
/// go on naming the same content. Public: names, sizes and hashes are what a buyer decides by.
/// </summary>
internal sealed class ListFiles(Catalog catalog, GateOptions options, RefuseAccess refuse)
{
    public const string WorkPrefix = "/w/";
    public const string VersionPrefix = "/v/";
    private const int FlushAt = 32 * 1024;
    private const int PageMost = 10_000;

    /// <param name="context">The request.</param>
    /// <param name="prefix"><see cref="WorkPrefix"/> or <see cref="VersionPrefix"/>.</param>
    /// <param name="id">Of a work or of a version.</param>
    /// <param name="folder">Empty for all of it, otherwise with a slash at its end: folders are for pages only.</param>
    public async Task Handle(HttpContext context, string prefix, string id, string folder)
    {
        var isPage = FolderPage.IsWanted(context.Request);
        if (Find(prefix, id) is not { } work || !FolderPage.Exists(work, folder))
        {
            await refuse.NotFound(context);
            return;
        }

        if (!Methods.IsGet(context.Request.Method) && !Methods.IsHead(context.Request.Method))
        {
            await refuse.Method(context);
            return;
        }

        context.Response.Headers.CacheControl = "public, max-age=5";
        context.Response.Headers.Vary = "Accept, User-Agent";
        context.Response.Headers.LastModified = work.Files.Max(f => f.ModifiedAt)?.ToUniversalTime().ToString("R", CultureInfo.InvariantCulture);
        Cors.Allow(context);
        if (isPage || folder.Length > 0)
        {
            await FolderPage.Write(context, work, folder);
            return;
        }

        if (!TryPage(context.Request, out var after, out var most))
        {
            await refuse.Page(context);
            return;
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        if (Methods.IsGet(context.Request.Method))
        {
            await Write(context, work, $"{options.PublicUrl}{prefix}{id}/", after, most);
        }
    }

    private FeedWork? Find(string prefix, string id) => prefix == VersionPrefix
        ? VersionId.TryParse(id, null, out var version) && catalog.TryVersion(version, out var certain) ? certain : null
        : WorkId.TryParse(id, null, out var work) && catalog.TryWork(work, out var newest) ? newest : null;

    // Without a limit all at once, as it always was: whoever pulls a work needs all of them.
    private static bool TryPage(HttpRequest request, out string after, out int most)
    {
        (after, most) = (request.Query["after"].ToString(), int.MaxValue);
        var limit = request.Query["limit"];
        return request.Query["after"].Count <= 1 && (limit.Count == 0
            ? after.Length == 0
            : limit.Count == 1 && int.TryParse(limit[0], NumberStyles.None, CultureInfo.InvariantCulture, out most) && most is > 0 and <= PageMost);
    }

    private async Task Write(HttpContext context, FeedWork work, string address, string after, int most)
    {
        var files = work.Files;
        if (most < int.MaxValue)
        {
            files = [.. files.Where(f => string.CompareOrdinal(f.Path, after) > 0).OrderBy(f => f.Path, StringComparer.Ordinal).Take(most + 1)];
        }

        await using var json = new Utf8JsonWriter((IBufferWriter<byte>)context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("work_id", work.WorkId.ToString());
        json.WriteString("version_id", work.VersionId.ToString());
        json.WriteString("title", work.Title);
        json.WriteStartArray("files");
        foreach (var file in files.Take(most))
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("unit_id", file.UnitId.ToString());
            json.WriteNumber("size_bytes", file.SizeBytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteString("media_type", file.MediaType);
            if (file.ModifiedAt is { } at)
            {
                json.WriteString("modified_at", at.UtcDateTime);
            }

            json.WriteString("url", address + string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString)));
            json.WriteEndObject();
            if (json.BytesPending + json.BytesCommitted % FlushAt > FlushAt)
            {
                await json.FlushAsync(context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
        if (files.Count > most)
        {
            // What to ask for as 'after' next.
            json.WriteString("next", files[most - 1].Path);
        }

        json.WriteStartArray("offers");
        foreach (var offer in catalog.OnSale(work.WorkId))
        {
            json.WriteStartObject();
            json.WriteString("offer_id", offer.OfferId.ToString());
            json.WriteString("summary", offer.Summary);
            json.WritePropertyName("price");
            TallyJson.ToNode(offer.Price).WriteTo(json);
            json.WriteString("buy_url", offer.BuyUrl);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
