using System.Buffers;
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

    /// <param name="prefix"><see cref="WorkPrefix"/> or <see cref="VersionPrefix"/>.</param>
    /// <param name="id">Of a work or of a version.</param>
    public async Task Handle(HttpContext context, string prefix, string id)
    {
        if (Find(prefix, id) is not { } work)
        {
            await refuse.NotFound(context);
            return;
        }

        if (!Methods.IsGet(context.Request.Method) && !Methods.IsHead(context.Request.Method))
        {
            await refuse.Method(context);
            return;
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "public, max-age=5";
        Cors.Allow(context);
        if (Methods.IsGet(context.Request.Method))
        {
            await Write(context, work, $"{options.PublicUrl}{prefix}{id}/");
        }
    }

    private FeedWork? Find(string prefix, string id) => prefix == VersionPrefix
        ? VersionId.TryParse(id, null, out var version) && catalog.TryVersion(version, out var certain) ? certain : null
        : WorkId.TryParse(id, null, out var work) && catalog.TryWork(work, out var newest) ? newest : null;

    private async Task Write(HttpContext context, FeedWork work, string address)
    {
        await using var json = new Utf8JsonWriter((IBufferWriter<byte>)context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("work_id", work.WorkId.ToString());
        json.WriteString("version_id", work.VersionId.ToString());
        json.WriteString("title", work.Title);
        json.WriteStartArray("files");
        foreach (var file in work.Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("unit_id", file.UnitId.ToString());
            json.WriteNumber("size_bytes", file.SizeBytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteString("media_type", file.MediaType);
            json.WriteString("url", address + string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString)));
            json.WriteEndObject();
            if (json.BytesPending + json.BytesCommitted % FlushAt > FlushAt)
            {
                await json.FlushAsync(context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
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
