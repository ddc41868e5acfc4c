using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>No single organisation and no single address fills the machine, the log or the gateway's patience.</summary>
public sealed class BudgetTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_hundred_checkouts_in_seconds_are_not_opened_by_default()
    {
        await using var server = await TestServer.Start(postgres);
        var (buyer, other) = (await Member.Buyer(server), await Member.Buyer(server));
        // Too small to be opened: what counts is that it was asked for.
        Task<HttpResponseMessage> TopUp(Member member) => member.Http.PostAsJsonAsync(
            "/v1/wallet/top-ups", new { amount = new { minor = 1, currency = "USD" } }, Stop);
        var (allowed, refused, start) = (0, (JsonObject?)null, server.Clock.GetUtcNow());
        for (var i = 0; i < 300; i++)
        {
            using var answer = await TopUp(buyer);
            allowed += answer.StatusCode == HttpStatusCode.TooManyRequests ? 0 : 1;
            refused = answer.StatusCode == HttpStatusCode.TooManyRequests
                ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!.AsObject()
                : refused;
        }

        // All of it, and what comes back meanwhile.
        allowed.ShouldBeInRange(120, 121 + (int)(2 * (server.Clock.GetUtcNow() - start).TotalSeconds));
        ((string)refused!["type"]!).ShouldEndWith("/budget-spent");
        ((string)refused["budget"]!).ShouldBe("checkouts");
        ((long)refused["retry_after_seconds"]!).ShouldBe(1);
        // Another organisation has its own, and time gives it back.
        (await TopUp(other)).StatusCode.ShouldNotBe(HttpStatusCode.TooManyRequests);
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        (await TopUp(buyer)).StatusCode.ShouldNotBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_new_account_does_not_fill_the_public_log()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Budgets:LogEntriesPerMinute"] = "1" });
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var offer = await creator.MeteredOffer((await creator.Published()).Work);
        await buyer.Licence(offer);

        using var refused = await buyer.Http.PostAsJsonAsync("/v1/licences", new { offer_id = offer.ToString() }, Stop);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        (await server.Database.QueryOne<long>("select count(*) from transparency.receipt where kind = 'licence_granted'", null, Stop)).ShouldBe(1);
    }

    [Fact]
    public async Task Uploads_are_paid_for_as_they_arrive_whether_or_not_they_said_how_long_they_are()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Budgets:UploadBytesPerDay"] = "1000" });
        var creator = await Member.Creator(server);
        var (work, version) = await creator.Draft();
        await creator.Upload(work, version, "a.csv", new string('a', 600)).Json();

        var announced = await creator.Upload(work, version, "b.csv", new string('b', 600)).Json(429);
        var silent = await Chunked(creator, $"/v1/works/{work}/versions/{version}/files/c.csv", 600).Json(429);
        server.Clock.Advance(TimeSpan.FromDays(1));
        await Chunked(creator, $"/v1/works/{work}/versions/{version}/files/c.csv", 600).Json();

        ((string)announced["budget"]!).ShouldBe("upload_bytes");
        ((long)announced["retry_after_seconds"]!).ShouldBeInRange(17_000, 17_280);
        ((string)silent["budget"]!).ShouldBe("upload_bytes");
        // More than a whole day's never fits, and nobody is told to wait for it.
        (await creator.Upload(work, version, "d.csv", new string('d', 1001)).Json(429))["retry_after_seconds"].ShouldBeNull();
    }

    [Fact]
    public async Task What_an_organisation_stores_is_bounded_over_all_its_works()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Catalog:StoredBytesMost"] = "1000" });
        var creator = await Member.Creator(server);
        var (one, first) = await creator.Draft("One");
        var (two, second) = await creator.Draft("Two");
        await creator.Upload(one, first, "a.csv", new string('a', 600)).Json();

        (await creator.Upload(two, second, "b.csv", new string('b', 600)).Problem(409)).ShouldBe("storage-full");
        (await Chunked(creator, $"/v1/works/{two}/versions/{second}/files/b.csv", 600).Problem(409)).ShouldBe("storage-full");

        // What it replaces does not count, and what is discarded is free again.
        await creator.Upload(one, first, "a.csv", new string('c', 1000)).Json();
        (await creator.Http.DeleteAsync($"/v1/works/{one}/versions/{first}", Stop)).EnsureSuccessStatusCode();
        await creator.Upload(two, second, "b.csv", new string('b', 600)).Json();
    }

    [Fact]
    public async Task Who_shows_no_credentials_has_a_budget_by_address()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Budgets:AnonymousChangesPerMinute"] = "1" });
        using var nobody = server.Client();
        Task<HttpResponseMessage> Post(string path) => nobody.PostAsync(path, new StringContent("{}", Encoding.UTF8, "application/json"), Stop);
        (await Post("/v1/organisations")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        ((string)(await Post("/v1/organisations").Json(429))["budget"]!).ShouldBe("anonymous_changes");
        (await Post("/webhooks/stripe").Problem(429)).ShouldBe("budget-spent");
        (await nobody.GetAsync("/v1/works", Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_organisation_changes_so_much_in_a_minute_and_the_operator_as_much_as_there_is_to_do()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Budgets:ChangesPerMinute"] = "1" });
        var creator = await Member.Creator(server);
        using var operate = server.Client(TestServer.OperatorKey);
        Task<HttpResponseMessage> Key(HttpClient client) =>
            client.PostAsJsonAsync("/v1/api-keys", new { name = "k", scopes = new[] { "catalog:read" } }, Stop);
        await Key(creator.Http).Json(201);

        ((string)(await Key(creator.Http).Json(429))["budget"]!).ShouldBe("changes");
        for (var i = 0; i < 5; i++)
        {
            await Key(operate).Json(201);
        }
    }

    private static Task<HttpResponseMessage> Chunked(Member creator, string path, int bytes)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new ByteArrayContent(new byte[bytes]) };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.ContentType = new("text/csv");
        return creator.Http.SendAsync(request, Stop);
    }
}
