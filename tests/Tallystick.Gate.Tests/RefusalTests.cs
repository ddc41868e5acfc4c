using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Tests.Support;

namespace Tallystick.Gate.Tests;

public sealed class RefusalTests
{
    [Fact]
    public async Task Two_texts_that_sign_the_same_are_one_token()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        var tokens = gate.Services.GetRequiredService<TokenCache>();
        var dot = token.LastIndexOf('.') + 1;
        var signature = Base64Url.DecodeFromChars(token.AsSpan(dot));
        var order = BigInteger.Parse(
            "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var other = (order - new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        var twin = token[..dot] + Base64Url.EncodeToString([.. signature[..32], .. new byte[32 - other.Length], .. other]);

        var first = tokens.Find($"Bearer {token}").Token;

        first.ShouldNotBeNull();
        tokens.Find($"Bearer {twin}").Token.ShouldBeSameAs(first);
        tokens.Find($"License  {token}").Token.ShouldBeSameAs(first);
        (await gate.Get("small.bin", twin)).Status.ShouldBe(HttpStatusCode.OK);
        tokens.Find($"Bearer {token[..dot]}{new string('A', 86)}").Token.ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_licence_the_offers_are_shown_to_programs_and_to_people()
    {
        await using var gate = await TestGate.Start();

        var answer = await gate.Get("small.bin", null);
        answer.Status.ShouldBe(HttpStatusCode.PaymentRequired);
        answer.Header("Content-Type").ShouldBe("application/problem+json");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Problem.ShouldBe("licence-required");
        var offers = answer.Json["offers"]!.AsArray();
        offers.Count.ShouldBe(3);
        offers[0]!["buy_url"]!.GetValue<string>().ShouldContain("offer=" + gate.World.Once);
        offers[0]!["price"]!["amount"]!["minor"]!.GetValue<long>().ShouldBe(500);
        offers[0]!["terms"]!["rights_scope"]![0]!.GetValue<string>().ShouldBe("ai-train");
        answer.Header("Link")!.ShouldContain("rel=\"payment\"");

        using var browser = gate.World.Get("small.bin", null);
        browser.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        var page = await gate.Send(browser);
        page.Status.ShouldBe(HttpStatusCode.PaymentRequired);
        page.Header("Content-Type").ShouldBe("text/html; charset=utf-8");
        page.Header("Cache-Control").ShouldBe("no-store");
        Encoding.UTF8.GetString(page.Bytes).ShouldContain("Train on it for 0.05 USD per MB.");
    }

    [Theory]
    [InlineData("expired", 401, "licence-expired")]
    [InlineData("expired within the tolerance", 200, null)]
    [InlineData("not yet", 401, "licence-not-yet-valid")]
    [InlineData("not yet within the tolerance", 200, null)]
    [InlineData("other work", 403, "licence-wrong-work")]
    [InlineData("no rights", 403, "scope-not-granted")]
    [InlineData("unknown offer", 503, "offer-not-here-yet")]
    [InlineData("revoked", 403, "licence-revoked")]
    [InlineData("suspended", 403, "licence-suspended")]
    public async Task A_licence_that_does_not_cover_the_request_is_refused_and_the_answer_says_why(
        string what, int status, string? problem)
    {
        await using var gate = await TestGate.Start();
        var claims = gate.World.Claims(gate.World.Once);
        claims = what switch
        {
            "expired" => claims with { Iat = 1, Nbf = 1, Exp = World.Now - 61 },
            "expired within the tolerance" => claims with { Nbf = 1, Exp = World.Now - 30 },
            "not yet" => claims with { Nbf = World.Now + 90 },
            "not yet within the tolerance" => claims with { Nbf = World.Now + 30 },
            "other work" => claims with { ContentId = WorkId.From(gate.World.NextId()) },
            "no rights" => claims with { RightsScope = [] },
            "unknown offer" => claims with { OfferId = OfferId.From(gate.World.NextId()) },
            _ => claims,
        };
        if (what is "revoked" or "suspended")
        {
            (await gate.Get("small.bin", gate.World.Token(claims))).Status.ShouldBe(HttpStatusCode.OK);
            gate.Server.Publish(FeedKind.LicenceStatus, claims.Jti.ToString(), new FeedLicenceStatus(
                claims.Jti, what == "revoked" ? LicenceStatus.Invalid : LicenceStatus.Suspended, "The payment was disputed."));
            await gate.Until(async g => (await g.Get("small.bin", g.World.Token(claims))).Status != HttpStatusCode.OK);
        }

        var answer = await gate.Get("small.bin", gate.World.Token(claims));

        ((int)answer.Status).ShouldBe(status);
        if (problem is not null)
        {
            answer.Problem.ShouldBe(problem);
            answer.Header("Cache-Control").ShouldBe("no-store");
            answer.Json["what_to_do"].ShouldNotBeNull();
            answer.Json["trace_id"].ShouldNotBeNull();
            (answer.Header("WWW-Authenticate") is not null).ShouldBe(status is 401 or 403);
        }

        if (what is "revoked" or "suspended")
        {
            answer.Json["detail"]!.GetValue<string>().ShouldBe("The payment was disputed.");
        }
    }

    [Fact]
    public async Task What_is_not_a_licence_of_ours_is_refused()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await gate.Get("small.bin", "garbage")).Problem.ShouldBe("licence-not-valid");
        (await gate.Get("small.bin", token[..^4] + "AAAA")).Problem.ShouldBe("licence-not-valid");
        (await gate.Get("small.bin", LicenceToken.Sign(gate.World.Claims(gate.World.Once), stranger, World.Kid))).Problem
            .ShouldBe("licence-not-valid");
        (await gate.Get("small.bin", LicenceToken.Sign(gate.World.Claims(gate.World.Once), stranger, "other"))).Problem
            .ShouldBe("licence-key-unknown");
        using var basic = gate.World.Get("small.bin", null);
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", "dXNlcjpwYXNz");
        var answer = await gate.Send(basic);
        answer.Status.ShouldBe(HttpStatusCode.Unauthorized);
        gate.Server.Charged(Meter.BytesDelivered).ShouldBe(0);
    }

    [Fact]
    public async Task The_other_scheme_and_an_access_token_open_the_file_too()
    {
        await using var gate = await TestGate.Start();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        gate.Server.Publish(FeedKind.SigningKey, "access-1", World.PublicKey(key, "access-1", "access"));
        var claims = gate.World.Claims(gate.World.Once);
        var access = LicenceToken.Sign(
            new AccessClaims(
                claims.Iss, claims.Sub, claims.Aud, claims.Jti.ToString(), "at-1", World.Now, World.Now + 300, claims.Jti,
                claims.ContentId, claims.OfferId, claims.RightsScope, null, claims.Terms), key, "access-1");
        using var license = gate.World.Get("small.bin", null);
        license.Headers.TryAddWithoutValidation("Authorization", "License " + gate.World.Token(claims));

        (await gate.Send(license)).Status.ShouldBe(HttpStatusCode.OK);
        await gate.Until(async g => (await g.Get("small.bin", access)).Status == HttpStatusCode.OK);
        await gate.Until(g => g.UploadedAll());
        gate.Server.Charged(Meter.SegmentUnlocked, claims.Jti).ShouldBe(1);
    }

    [Fact]
    public async Task A_declared_use_must_be_among_the_rights()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        using var train = gate.World.Get("small.bin", token);
        train.Headers.TryAddWithoutValidation("Tally-Use", "ai-train");
        using var search = gate.World.Get("small.bin", token);
        search.Headers.TryAddWithoutValidation("Tally-Use", "search");

        (await gate.Send(train)).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Send(search)).Problem.ShouldBe("scope-not-granted");
    }

    [Fact]
    public async Task A_key_that_is_withdrawn_opens_nothing_any_more()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));
        (await gate.Get("small.bin", token)).Status.ShouldBe(HttpStatusCode.OK);

        gate.Server.Publish(FeedKind.SigningKey, World.Kid, null);

        await gate.Until(async g => (await g.Get("small.bin", token)).Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_price_that_a_gate_cannot_count_is_not_delivered_for_nothing()
    {
        await using var gate = await TestGate.Start();
        var offer = OfferId.From(gate.World.NextId());
        gate.Server.Publish(FeedKind.Offer, offer.ToString(), new FeedOffer(
            offer, gate.World.Work, new Price(new(1, Core.Amounts.Currency.Usd), Meter.TokensConsumed, 1_000),
            new Terms(["ai-train"], [], 30, null, [], false, 0), "Per token.", "https://pay.example/o", true));

        await gate.Until(async g =>
            (await g.Get("small.bin", g.World.Token(g.World.Claims(offer)))).Problem == "meter-not-served");
    }

    [Theory]
    [InlineData("POST", "small.bin", 405)]
    [InlineData("DELETE", "small.bin", 405)]
    [InlineData("GET", "nothing.bin", 404)]
    [InlineData("GET", "../../etc/passwd", 404)]
    [InlineData("GET", "small.bin%00", 400)]
    [InlineData("GET", "%2e%2e/%2e%2e/x", 404)]
    public async Task Odd_requests_are_answered_with_a_problem_and_never_with_a_failure(string method, string path, int status)
    {
        await using var gate = await TestGate.Start();
        using var request = new HttpRequestMessage(new HttpMethod(method), gate.World.UrlOf(path));

        ((int)(await gate.Send(request)).Status).ShouldBe(status);
    }

    [Fact]
    public async Task A_pass_has_a_bound()
    {
        await using var gate = await TestGate.Start();
        var token = gate.World.Token(gate.World.Claims(gate.World.Once));

        (await gate.Get("small.bin", token, pass: new string('p', 128))).Status.ShouldBe(HttpStatusCode.OK);
        (await gate.Get("small.bin", token, pass: new string('p', 129))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Metrics_are_for_this_machine_or_with_the_secret()
    {
        await using var gate = await TestGate.Start();
        using var near = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        using var far = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        far.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        using var knows = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        knows.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        knows.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServerDouble.Secret);

        Encoding.UTF8.GetString((await gate.Send(near)).Bytes).ShouldContain("tally_gate_deliveries");
        (await gate.Send(far)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await gate.Send(knows)).Status.ShouldBe(HttpStatusCode.OK);
    }
}
