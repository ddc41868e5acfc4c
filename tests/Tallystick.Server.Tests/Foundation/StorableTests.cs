using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed class StorableTests(Postgres postgres)
{
    private const string Secret = "whsec_of_a_test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"id":"evt_\u0000","type":"charge.refunded"}""")]
    [InlineData("""{"id":"evt_\ud800","type":"charge.refunded"}""")]
    [InlineData("""{"id":"evt_1","type":"charge.\u0000"}""")]
    [InlineData("""{"id":"evt_1","type":"charge.\udc00x"}""")]
    public async Task A_signed_webhook_whose_name_cannot_be_stored_is_refused_and_counted(string body)
    {
        await using var server = await TestServer.Start(postgres, new() { ["Payments:StripeWebhookSecret"] = Secret });
        using var client = server.Client(TestServer.OperatorKey);

        (await client.SendAsync(Signed(server, body), Stop).Problem(400)).ShouldBe("signature-refused");

        var kept = (await client.GetAsync("/v1/webhooks/inbound", Stop).Json())["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)kept["verdict"]!).ShouldBe("signed, but not an event");
        (await client.GetStringAsync("/metrics", Stop)).ShouldContain("tally_webhooks_received{verdict=\"refused\"}");
    }

    [Fact]
    public async Task A_webhook_whose_object_has_an_odd_name_is_worked_out_and_so_is_the_next()
    {
        await using var server = await TestServer.Start(postgres, new() { ["Payments:StripeWebhookSecret"] = Secret });
        using var client = server.Client(TestServer.OperatorKey);
        foreach (var (id, intent) in ((string, string)[])[("evt_1", "a\\u0000"), ("evt_2", "a\\ud800"), ("evt_3", "fine")])
        {
            var body = $$"""{"id":"{{id}}","type":"odd.type","data":{"object":{"id":"{{intent}}"} } }""";
            (await client.SendAsync(Signed(server, body), Stop)).EnsureSuccessStatusCode();
        }

        await Eventually.Holds(
            async () => (await client.GetAsync("/v1/webhooks/inbound", Stop).Json())["items"]!.AsArray()
                .Count(w => (string)w!["state"]! is "ignored") == 3,
            "that all were worked out");
    }

    [Theory]
    [InlineData("""{"a":"x\u0000y"}""", """{"a":"x\ufffdy"}""")]
    [InlineData("""{"a":"\ud83d\ude00"}""", """{"a":"\ud83d\ude00"}""")]
    [InlineData("""{"a":"\ud83d","b":"\ude00\ud83d\ud83d"}""", """{"a":"\ufffd","b":"\ufffd\ufffd\ufffd"}""")]
    [InlineData("""{"a":"\\u0000","b":"\\\u0000\n"}""", """{"a":"\\u0000","b":"\\\ufffd\n"}""")]
    [InlineData("""{"\u0000":[1,true,null]}""", """{"\ufffd":[1,true,null]}""")]
    public async Task A_document_of_others_is_stored_with_what_cannot_be_held_replaced(string json, string stored)
    {
        StorableJson.Of(json).ShouldBe(stored);
        await using var server = await TestServer.Start(postgres);

        var back = await server.Database.QueryOne<JsonNode>("select @Document::jsonb", new { Document = StorableJson.Parse(json) }, Stop);

        JsonNode.DeepEquals(back, JsonNode.Parse(stored)).ShouldBeTrue();
    }

    [Fact]
    public async Task Metrics_can_be_read_while_new_series_appear()
    {
        for (var round = 0; round < 40; round++)
        {
            using var metrics = new MetricsText();
            var adding = Task.Run(
                () =>
                {
                    for (var i = 0; i < 1_500; i++)
                    {
                        metrics.Set("test.series", "label", $"{i}", i);
                    }
                },
                Stop);
            do
            {
                metrics.Render().ShouldNotBeNull();
            }
            while (!adding.IsCompleted);

            await adding;
        }
    }

    private static HttpRequestMessage Signed(TestServer server, string body)
    {
        var stamp = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{stamp}.{body}"));
        return new(HttpMethod.Post, "/webhooks/stripe")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "Stripe-Signature", $"t={stamp},v1={Convert.ToHexStringLower(mac)}" } },
        };
    }
}
