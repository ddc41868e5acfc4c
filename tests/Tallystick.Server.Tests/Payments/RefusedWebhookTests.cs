using System.Security.Cryptography;
using System.Text;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>Webhooks that nobody signed: anybody can send them.</summary>
public sealed class RefusedWebhookTests(Postgres postgres)
{
    private const string Secret = "whsec_refused";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_an_unsigned_body_the_beginning_and_the_hash_are_kept_and_the_same_body_only_counts()
    {
        await using var server = await Start();
        using var stranger = server.Client();
        var body = new string('x', 180_000);

        (await Send(stranger, body).Problem(400)).ShouldBe("signature-refused");
        (await Send(stranger, body).Problem(400)).ShouldBe("signature-refused");

        (await server.Database.QueryOne<int>("select length(body) from payments.inbound", null, Stop)).ShouldBe(2_048);
        using var operate = server.Client(TestServer.OperatorKey);
        var kept = (await operate.GetAsync("/v1/webhooks/inbound", Stop).Json())["items"]!.AsArray().ShouldHaveSingleItem()!;
        kept["state"]!.ToString().ShouldBe("refused");
        kept["deliveries"]!.GetValue<int>().ShouldBe(2);
        kept["body_bytes"]!.GetValue<int>().ShouldBe(180_000);
        kept["body_sha256"]!.ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))));
    }

    [Fact]
    public async Task Who_sends_what_is_not_signed_spends_a_budget_and_what_is_signed_is_taken_from_the_same_address()
    {
        await using var server = await Start(new() { ["Budgets:AnonymousChangesPerMinute"] = "2" });
        using var stranger = server.Client();
        (await Send(stranger, "a").Problem(400)).ShouldBe("signature-refused");
        (await Send(stranger, "b").Problem(400)).ShouldBe("signature-refused");

        (await Send(stranger, "c").Problem(429)).ShouldBe("budget-spent");
        (await Count(server, "state = 'refused'")).ShouldBe(2);

        for (var i = 0; i < 5; i++)
        {
            var body = $"{{\"id\":\"evt_{i}\",\"type\":\"nothing.ours\",\"data\":{{\"object\":{{\"id\":\"x\"}}}}}}";
            (await Send(stranger, body, Signature(server, body))).EnsureSuccessStatusCode();
        }

        // Signed and yet no event: the gateway's, and it spends nothing either.
        (await Send(stranger, "{}", Signature(server, "{}")).Problem(400)).ShouldBe("signature-refused");
        (await Count(server, "verdict = 'valid'")).ShouldBe(5);
    }

    [Fact]
    public async Task Only_the_newest_of_what_was_refused_are_kept()
    {
        await using var server = await Start();
        await server.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into payments.inbound (received_at, signature, body, body_sha256, body_bytes, verdict, state, due_at)
                select now(), '', 'x', sha256(n::text::bytea), 1, 'no signature matches', 'refused', now() from generate_series(1, 1500) n
                """),
            Stop);

        (await Send(server.Client(), "one more").Problem(400)).ShouldBe("signature-refused");

        (await Count(server, "state = 'refused'")).ShouldBe(1_000);
        (await Count(server, "body = 'one more'")).ShouldBe(1);
    }

    private Task<TestServer> Start(Dictionary<string, string?>? more = null) =>
        TestServer.Start(postgres, new(more ?? []) { ["Payments:StripeWebhookSecret"] = Secret });

    private static Task<int> Count(TestServer server, string which) =>
        server.Database.QueryOne<int>($"select count(*)::int from payments.inbound where {which}", null, Stop);

    private static async Task<HttpResponseMessage> Send(HttpClient client, string body, string signature = "t=1,v1=00")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/stripe")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "Stripe-Signature", signature } },
        };
        return await client.SendAsync(request, Stop);
    }

    private static string Signature(TestServer server, string body)
    {
        var stamp = server.Clock.GetUtcNow().ToUnixTimeSeconds();
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{stamp}.{body}"));
        return $"t={stamp},v1={Convert.ToHexStringLower(mac)}";
    }
}
