using System.Net;
using System.Text;
using Npgsql;
using Tallystick.Core.Offers;
using Tallystick.Core.Json;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Catalog;

public sealed class OfferTests(Postgres postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_offer_is_shown_with_its_hash_and_in_plain_words()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var nobody = server.Client();
        var (work, _) = await creator.Published();

        var id = await creator.Offer(work);
        var offer = await nobody.GetAsync($"/v1/offers/{id}", Stop).Json();
        var shown = await nobody.GetAsync($"/v1/works/{work}", Stop).Json();

        var terms = System.Text.Json.JsonSerializer.Deserialize<Terms>(offer["terms"], TallyJson.Options)!;
        var price = new Price(new(1250, Core.Amounts.Currency.Usd), Core.Usage.Meter.None, 1);
        ((string)offer["terms_hash"]!).ShouldBe(terms.Hash);
        ((string)offer["hash"]!).ShouldBe(OfferRules.Hash(work, terms, price));
        ((string)offer["summary"]!).ShouldContain("it costs 12.50 USD, once");
        ((string)shown["offers"]![0]!["offer_id"]!).ShouldBe(id.ToString());
    }

    [Fact]
    public async Task A_withdrawn_offer_leaves_the_shelf_and_stays_readable()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, other) = (await Member.Creator(server), await Member.Creator(server));
        var (work, _) = await creator.Published();
        var id = await creator.Offer(work);

        (await other.Http.PostAsync($"/v1/offers/{id}/withdraw", null, Stop).Problem(404)).ShouldBe("not-found");
        using var first = await creator.Http.PostAsync($"/v1/offers/{id}/withdraw", null, Stop);
        using var second = await creator.Http.PostAsync($"/v1/offers/{id}/withdraw", null, Stop);

        first.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        second.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        ((bool)(await other.Http.GetAsync($"/v1/offers/{id}", Stop).Json())["on_sale"]!).ShouldBeFalse();
        (await other.Http.GetAsync($"/v1/works/{work}/offers", Stop).Json())["items"]!.AsArray().ShouldBeEmpty();
        (await creator.Http.GetAsync($"/v1/works/{work}/offers", Stop).Json())["items"]!.AsArray().Count.ShouldBe(1);
        var events = await server.Database.Query<string>("select type from foundation.event where type not like 'signing_key.%' order by id", null, Stop);
        events.ShouldBe(["work.published", "offer.published", "offer.withdrawn"]);
    }

    [Fact]
    public async Task The_database_refuses_to_change_an_offer()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, _) = await creator.Published();
        await creator.Offer(work);

        foreach (var change in new[] { "update catalog.offer set summary = 'x'", "delete from catalog.offer" })
        {
            var failure = await Should.ThrowAsync<PostgresException>(server.Database.InTransaction(tx => tx.Execute(change), Stop));
            failure.SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);
        }
    }

    [Fact]
    public async Task Only_the_creator_offers_and_only_what_is_published()
    {
        await using var server = await TestServer.Start(postgres);
        var (creator, other) = (await Member.Creator(server), await Member.Creator(server));
        var (draft, _) = await creator.Draft();
        var (work, _) = await creator.Published("Other");
        static StringContent Body() => new("""
            {"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":100,"currency":"USD"}}}
            """, Encoding.UTF8, "application/json");

        (await creator.Http.PostAsync($"/v1/works/{draft}/offers", Body(), Stop).Problem(409)).ShouldBe("work-not-published");
        (await other.Http.PostAsync($"/v1/works/{work}/offers", Body(), Stop).Problem(404)).ShouldBe("not-found");
    }

    [Theory]
    [InlineData("""{"terms":{"rights_scope":[],"valid_days":1},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["rule"],"valid_days":1},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":[null],"valid_days":1},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":0},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":99999999999},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1,"max_uses":0},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1,"territories":["usa"]},"price":{"amount":{"minor":100,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":-1,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":1.5,"currency":"USD"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":100,"currency":"XXX"}}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":0,"currency":"USD"},"meter":"bytes_delivered","per":1}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":1,"currency":"USD"},"meter":"bytes_delivered","per":0}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":1,"currency":"USD"},"meter":"tokens_consumed","per":1}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":{"amount":{"minor":1,"currency":"USD"},"meter":1,"per":1}}""")]
    [InlineData("""{"terms":{"rights_scope":["read"],"valid_days":1},"price":null}""")]
    public async Task An_offer_that_cannot_be_kept_is_refused(string body)
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        var (work, _) = await creator.Published();

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        (await creator.Http.PostAsync($"/v1/works/{work}/offers", content, Stop).Problem(400)).ShouldBe("invalid-request");
    }
}
