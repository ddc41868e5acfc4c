using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Ids;

namespace Tallystick.Server.Tests.Support;

/// <summary>Works and offers made over HTTP, as a creator would.</summary>
internal static class Market
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static readonly object Terms = new { rights_scope = new[] { "ai-train" }, valid_days = 365, refund_days = 14 };

    public static async Task<(WorkId Work, VersionId Version)> Draft(this Member creator, string title = "Digits")
    {
        var work = await creator.Http.PostAsJsonAsync(
            "/v1/works",
            new { title, description = "Hand-written digits", source = new { name = "UCI", licence = "CC-BY-4.0", url = "https://archive.ics.uci.edu/" } },
            Stop).Json(201);
        var version = await creator.Http.PostAsync($"/v1/works/{work["work_id"]}/versions", null, Stop).Json(201);
        return (WorkId.Parse((string)work["work_id"]!), VersionId.Parse((string)version["version_id"]!));
    }

    public static Task<HttpResponseMessage> Upload(
        this Member creator, WorkId work, VersionId version, string path, string content, string? sha256 = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/works/{work}/versions/{version}/files/{path}")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(content)),
        };
        request.Content.Headers.ContentType = new("text/csv");
        if (sha256 is not null)
        {
            request.Headers.Add("Content-SHA256", sha256);
        }

        return creator.Http.SendAsync(request, Stop);
    }

    public static string Sha256(string content) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    /// <summary>A published work with two shards.</summary>
    public static async Task<(WorkId Work, VersionId Version)> Published(this Member creator, string title = "Digits")
    {
        var (work, version) = await creator.Draft(title);
        await creator.Upload(work, version, "shard-0001.csv", "1,2,3").Json();
        await creator.Upload(work, version, "shard-0002.csv", "4,5,6").Json();
        await creator.Http.PostAsync($"/v1/works/{work}/versions/{version}/publish", null, Stop).Json();
        return (work, version);
    }

    /// <summary>A rule, put again once those it names have accepted the invitation that the first try makes.</summary>
    public static async Task Rule(this Member creator, WorkId work, object rule, params Member[] payees)
    {
        using var first = await creator.Http.PutAsJsonAsync($"/v1/works/{work}/royalty-rule", rule, Stop);
        if (first.IsSuccessStatusCode)
        {
            return;
        }

        foreach (var payee in payees)
        {
            await payee.Accept(creator);
        }

        await creator.Http.PutAsJsonAsync($"/v1/works/{work}/royalty-rule", rule, Stop).Json();
    }

    public static async Task Accept(this Member payee, Member creator)
    {
        var invitations = await payee.Http.GetAsync("/v1/royalty-invitations", Stop).Json();
        var id = invitations["items"]!.AsArray().Single(i => (string)i!["creator"]! == creator.Organisation.ToString())!["invitation_id"];
        await payee.Http.PostAsync($"/v1/royalty-invitations/{id}/accept", null, Stop).Json();
    }

    public static async Task<OfferId> Offer(this Member creator, WorkId work, object? price = null, object? terms = null)
    {
        var offer = await creator.Http.PostAsJsonAsync(
            $"/v1/works/{work}/offers",
            new { terms = terms ?? Terms, price = price ?? new { amount = new { minor = 1250, currency = "USD" } } },
            Stop).Json(201);
        return OfferId.Parse((string)offer["offer_id"]!);
    }

    /// <summary>An offer paid from the wallet: so many cents per shard.</summary>
    public static Task<OfferId> MeteredOffer(this Member creator, WorkId work, long cents = 10, object? terms = null) =>
        creator.Offer(
            work, new { amount = new { minor = cents, currency = "USD" }, meter = "segment_unlocked", per = 1 }, terms);
}
