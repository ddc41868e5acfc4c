using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Tests.Support;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.Server.Tests.Licensing;

public sealed class LicenceTests(Postgres postgres, Node node)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_licence_says_what_was_agreed_and_names_no_buyer()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Royalties:PlatformFeeBasisPoints"] = "1250" });
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.MeteredOffer(work, terms: new { rights_scope = new[] { "ai-train" }, valid_days = 30, max_uses = 7 });

        var (id, token) = await buyer.Licence(offer);

        var keys = new VerificationKeys(await server.Services.GetRequiredService<PublishedKeys>().All(Stop));
        var facts = LicenceToken.Verify(token, keys).Facts!;
        facts.LicenceId.ShouldBe(id);
        facts.WorkId.ShouldBe(work);
        facts.OfferId.ShouldBe(offer);
        facts.MaxUses.ShouldBe(7);
        (facts.Expires - facts.NotBefore).ShouldBe((30 * 86400) + 60, "valid a minute earlier, for clocks that are behind");
        facts.Issuer.ShouldBe("http://server.test");
        var payload = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]));
        payload.ShouldNotContain(buyer.Organisation.ToString());
        payload.ShouldContain("\"royalty_percent\":\"87.5\"");
    }

    [Fact]
    public async Task Another_implementation_verifies_tokens_and_status_list_by_the_published_keys()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.MeteredOffer(work);
        await buyer.Licence(offer);
        var (id, licence) = await buyer.Licence(offer);
        using var nobody = server.Client();
        var access = (string)(await nobody.Exchange(licence))["access_token"]!;
        string Said(int status) => new System.Text.Json.Nodes.JsonObject
        {
            ["issuer"] = "http://server.test", ["licence"] = licence, ["access"] = access, ["work"] = work.ToString(), ["status"] = status,
        }.ToJsonString();

        await node.Script(["jose.mjs", server.Url], Said(0));
        await creator.Revoke(id).Json();
        await node.Script(["jose.mjs", server.Url], Said(1));
    }

    [Fact]
    public async Task A_paid_purchase_gives_one_licence_however_often_it_is_told()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.Offer(work);
        var paid = await Pay(server, buyer, offer);
        await server.Publish(paid);
        await Wait.ForEvents(server);

        var licences = await buyer.Http.GetAsync("/v1/licences", Stop).Json();

        var licence = licences["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)licence["offer_id"]!).ShouldBe(offer.ToString());
        var shown = await buyer.Http.GetAsync($"/v1/licences/{licence["licence_id"]}/token", Stop).Json();
        ((bool)(await buyer.Http.Introspect((string)shown["token"]!))["active"]!).ShouldBeTrue();
        var kinds = await server.Database.Query<string>("select kind from transparency.receipt", null, Stop);
        kinds.ShouldContain(ReceiptKind.LicenceGranted.Name());
    }

    [Fact]
    public async Task What_is_paid_once_is_not_given_for_nothing()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (oneOff, metered) = (await creator.Offer(work), await creator.MeteredOffer(work));
        var free = await creator.Offer(work, new { amount = new { minor = 0, currency = "USD" } });
        await creator.Http.PostAsync($"/v1/offers/{metered}/withdraw", null, Stop);
        Task<HttpResponseMessage> Get(object offer) =>
            buyer.Http.PostAsJsonAsync("/v1/licences", new { offer_id = offer.ToString() }, Stop);

        (await Get(oneOff).Problem(409)).ShouldBe("purchase-needed");
        (await Get(metered).Problem(409)).ShouldBe("not-on-sale");
        (await Get("wrk_00000000000000000000000000").Problem(400)).ShouldBe("invalid-request");
        (await Get(new OfferId(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1))).Problem(404)).ShouldBe("not-found");
        await Get(free).Json(201);
    }

    [Fact]
    public async Task A_buyer_holds_a_bounded_number_of_licences_also_when_asking_all_at_once()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Licensing:LicencesPerBuyerAndOffer"] = "3" });
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.MeteredOffer(work);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => buyer.Http.PostAsJsonAsync("/v1/licences", new { offer_id = offer.ToString() }, Stop)));

        answers.Count(a => (int)a.StatusCode == 201).ShouldBe(3);
        answers.Count(a => (int)a.StatusCode == 409).ShouldBe(5);
    }

    [Fact]
    public async Task A_buyer_has_one_name_towards_a_creator_and_another_towards_the_next()
    {
        await using var server = await TestServer.Start(postgres);
        var (one, two, buyer) = (await Member.Creator(server), await Member.Creator(server), await Member.Buyer(server));
        async Task<string> Name(Member creator, string title)
        {
            var (work, _) = await creator.Published(title);
            var (id, _) = await buyer.Licence(await creator.MeteredOffer(work));
            var seen = await creator.Http.GetAsync($"/v1/licences/{id}", Stop).Json();
            seen["buyer"].ShouldBeNull();
            seen["token"].ShouldBeNull();
            return (string)seen["pseudonym"]!;
        }

        var first = await Name(one, "A");

        (await Name(one, "B")).ShouldBe(first);
        (await Name(two, "C")).ShouldNotBe(first);
    }

    [Fact]
    public async Task Only_those_concerned_see_a_licence()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer, other) = (await Member.Creator(server), await Member.Buyer(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (id, token) = await buyer.Licence(await creator.MeteredOffer(work));
        using var gate = server.Client(TestServer.GateSecret);
        using var operate = server.Client(TestServer.OperatorKey);
        using var nobody = server.Client();

        foreach (var client in new[] { buyer.Http, creator.Http, gate, operate })
        {
            var answer = await client.Introspect(token);
            ((bool)answer["active"]!).ShouldBeTrue();
            ((string)answer["jti"]!).ShouldBe(id.ToString());
            ((string)answer["scope"]!).ShouldBe("ai-train");
        }

        (await other.Http.Introspect(token)).ToJsonString().ShouldBe("""{"active":false}""");
        (await nobody.Form("/oauth/introspect", ("token", token)).Problem(401)).ShouldBe("unauthenticated");
        (await other.Http.GetAsync($"/v1/licences/{id}", Stop).Problem(404)).ShouldBe("not-found");
        (await creator.Http.GetAsync($"/v1/licences/{id}/token", Stop).Problem(404)).ShouldBe("not-found");
        (await other.Revoke(id).Problem(404)).ShouldBe("not-found");
        (await other.Http.Form("/oauth/revoke", ("token", token)).Problem(403)).ShouldBe("forbidden");
        (await gate.GetAsync("/v1/licences", Stop).Problem(403)).ShouldBe("forbidden");
        ((await other.Http.GetAsync("/v1/licences", Stop).Json())["items"]!.AsArray()).ShouldBeEmpty();
        ((await creator.Http.GetAsync("/v1/licences?as=creator", Stop).Json())["items"]!.AsArray()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_revoked_licence_is_inactive_everywhere_and_stays_so()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.MeteredOffer(work);
        var (id, token) = await buyer.Licence(offer);
        var (own, ownToken) = await buyer.Licence(offer);
        var access = (string)(await buyer.Http.Exchange(token))["access_token"]!;

        var revoked = await creator.Revoke(id, "Used beyond its scope.").Json();
        await creator.Revoke(id, "Another reason.").Json();
        (await buyer.Http.Form("/oauth/revoke", ("token", ownToken), ("token_type_hint", "license"))).EnsureSuccessStatusCode();
        (await buyer.Http.Form("/oauth/revoke", ("token", "not a token"))).EnsureSuccessStatusCode();

        ((string)revoked["status"]!).ShouldBe("invalid");
        (await buyer.Http.Introspect(token)).ToJsonString().ShouldBe("""{"active":false}""");
        (await buyer.Http.Introspect(access)).ToJsonString().ShouldBe("""{"active":false}""");
        (await buyer.Http.Introspect(ownToken)).ToJsonString().ShouldBe("""{"active":false}""");
        (await buyer.Http.PostAsync($"/v1/licences/{id}/renew", null, Stop).Problem(409)).ShouldBe("licence-ended");
        ((string)(await buyer.Http.GetAsync($"/v1/licences/{id}", Stop).Json())["status_reason"]!).ShouldBe("Used beyond its scope.");
        var events = await server.Database.Query<string>(
            "select body->>'licence_id' from foundation.event where type = 'licence.revoked' order by id", null, Stop);
        events.ShouldBe([id.ToString(), own.ToString()]);
        (await server.Database.QueryOne<long>("select count(*) from transparency.receipt where kind = 'licence_revoked'", null, Stop))
            .ShouldBe(2);
    }

    [Fact]
    public async Task Money_that_goes_back_takes_the_licence_with_it()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.Offer(work);
        var (refunded, disputed) = (await Pay(server, buyer, offer), await Pay(server, buyer, offer));
        var price = new Money(1250, Currency.Usd);
        async Task<string> Status(PurchaseId purchase)
        {
            await Wait.ForEvents(server);
            return (await server.Database.QueryOne<int>(
                "select status::int from licensing.licence where purchase_id = @purchase", new { purchase }, Stop)).ToString();
        }

        await server.Publish(new PurchaseRefunded(refunded.PurchaseId, new(100, Currency.Usd), false));
        (await Status(refunded.PurchaseId)).ShouldBe("0");
        await server.Publish(new PurchaseRefunded(refunded.PurchaseId, price, true));
        (await Status(refunded.PurchaseId)).ShouldBe("1");
        // An event only says when to look: there is no dispute, whatever it says.
        await server.Publish(new DisputeOpened("dp_1", buyer.Organisation, disputed.PurchaseId, price));
        (await Status(disputed.PurchaseId)).ShouldBe("0");
    }

    [Fact]
    public async Task A_licence_expires_and_can_be_renewed_for_another_term()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (id, token) = await buyer.Licence(await creator.MeteredOffer(work));
        server.Clock.Advance(TimeSpan.FromDays(366));
        (await buyer.Http.Introspect(token)).ToJsonString().ShouldBe("""{"active":false}""");

        var renewed = await buyer.Http.PostAsync($"/v1/licences/{id}/renew", null, Stop).Json();

        ((bool)(await buyer.Http.Introspect((string)renewed["token"]!))["active"]!).ShouldBeTrue();
        (await creator.Http.PostAsync($"/v1/licences/{id}/renew", null, Stop).Problem(404)).ShouldBe("not-found");
    }

    [Fact]
    public async Task Keys_rotate_without_a_moment_in_which_a_licence_cannot_be_verified()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var offer = await creator.MeteredOffer(work);
        var keys = server.Services.GetRequiredService<SigningKeys>();
        var (_, old) = await buyer.Licence(offer);
        async Task<List<string>> Published() =>
            [.. (await server.Client().GetAsync("/.well-known/jwks.json", Stop).Json())["keys"]!.AsArray().Select(k => (string)k!["kid"]!)];
        static string Kid(string token) => (string)System.Text.Json.Nodes.JsonNode.Parse(
            System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!;

        server.Clock.Advance(TimeSpan.FromDays(31));
        await keys.Rotate(Stop);
        await keys.Rotate(Stop);
        var (_, during) = await buyer.Licence(offer);
        (await Published()).Count.ShouldBe(4);
        Kid(during).ShouldBe(Kid(old), "the new key is published before it signs");

        server.Clock.Advance(TimeSpan.FromMinutes(6));
        var (_, next) = await buyer.Licence(offer);
        Kid(next).ShouldNotBe(Kid(old));
        (await Published()).ShouldContain(Kid(old));
        ((bool)(await buyer.Http.Introspect(old))["active"]!).ShouldBeTrue();

        server.Clock.Advance(TimeSpan.FromDays(400));
        await keys.Rotate(Stop);
        server.Clock.Advance(TimeSpan.FromMinutes(6));
        await keys.Rotate(Stop);
        (await Published()).ShouldNotContain(Kid(old));
    }

    [Fact]
    public async Task Private_keys_lie_encrypted_and_survive_a_restart()
    {
        var database = await postgres.NewDatabase();
        var folder = Directory.CreateTempSubdirectory("tally-test-").FullName;
        await using (var first = await TestServer.Start(postgres, database: database, folder: folder))
        {
            await first.Services.GetRequiredService<SigningKeys>().Rotate(Stop);
        }

        await using var server = await TestServer.Start(postgres, database: database, folder: folder);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (_, token) = await buyer.Licence(await creator.MeteredOffer(work));

        ((bool)(await buyer.Http.Introspect(token))["active"]!).ShouldBeTrue();
        (await server.Database.QueryOne<long>("select count(*) from licensing.signing_key", null, Stop)).ShouldBe(2);
        var kek = Path.Combine(folder, "keys", "licensing.kek");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(kek).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var stored = await server.Database.Query<byte[]>("select private_key from licensing.signing_key", null, Stop);
        foreach (var wrapped in stored)
        {
            Should.Throw<System.Security.Cryptography.CryptographicException>(
                () => System.Security.Cryptography.ECDsa.Create().ImportPkcs8PrivateKey(wrapped.AsSpan(12), out int _));
        }
    }

    [Theory]
    [InlineData("/oauth/token", "grant_type=password", "invalid_request")]
    [InlineData("/oauth/token", "grant_type=password&subject_token=a&subject_token_type=b", "unsupported_grant_type")]
    [InlineData("/oauth/token", "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=a&subject_token_type=b", "invalid_request")]
    [InlineData("/oauth/token", "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=a.b.c&subject_token_type=urn:ietf:params:oauth:token-type:jwt", "invalid_grant")]
    [InlineData("/oauth/token", "grant_type=a&grant_type=b&subject_token=a&subject_token_type=b", "invalid_request")]
    [InlineData("/oauth/introspect", "", "invalid_request")]
    [InlineData("/oauth/revoke", "token=", "invalid_request")]
    public async Task A_bad_token_request_is_refused_as_oauth_says(string path, string body, string error)
    {
        await using var server = await TestServer.Start(postgres);
        var buyer = await Member.Buyer(server);
        using var content = new StringContent(body, null, "application/x-www-form-urlencoded");

        var problem = await buyer.Http.PostAsync(path, content, Stop).Json(400);

        ((string)problem["error"]!).ShouldBe(error);
    }

    [Fact]
    public async Task An_exchanged_token_has_no_more_rights_than_the_licence()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, buyer) = (await Member.Creator(server), await Member.Buyer(server));
        var (work, _) = await creator.Published();
        var (_, token) = await buyer.Licence(await creator.MeteredOffer(
            work, terms: new { rights_scope = new[] { "ai-train", "read" }, valid_days = 1 }));
        Task<HttpResponseMessage> Exchange(string subject, string scope) => buyer.Http.Form(
            "/oauth/token",
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("scope", scope));

        var narrow = await Exchange(token, "read").Json();
        ((string)narrow["scope"]!).ShouldBe("read");
        ((long)narrow["expires_in"]!).ShouldBeInRange(299, 300);
        ((string)(await Exchange(token, "read search").Json(400))["error"]!).ShouldBe("invalid_scope");
        ((string)(await Exchange((string)narrow["access_token"]!, "read").Json(400))["error"]!).ShouldBe("invalid_grant");
    }

    private static async Task<PurchasePaid> Pay(TestServer server, Member buyer, OfferId offer)
    {
        var ids = server.Services.GetRequiredService<Hosting.IdSource>();
        var paid = new PurchasePaid(
            ids.New<PurchaseId>(), buyer.Organisation, offer, new(1250, Currency.Usd), Money.Zero(Currency.Usd));
        await server.Publish(paid);
        await Wait.ForEvents(server);
        return paid;
    }
}

internal static class Events
{
    public static Task Publish<T>(this TestServer server, T occurred)
        where T : IEvent => server.Database.InTransaction(
        tx => server.Services.GetRequiredService<Outbox>().Publish(tx, occurred), TestContext.Current.CancellationToken);
}
