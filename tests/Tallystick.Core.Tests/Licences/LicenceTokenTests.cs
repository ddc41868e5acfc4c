using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Licences;

namespace Tallystick.Core.Tests.Licences;

public sealed class LicenceTokenTests
{
    private const string Kid = "k1";
    private static readonly BigInteger Order = BigInteger.Parse(
        "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        System.Globalization.NumberStyles.AllowHexSpecifier,
        System.Globalization.CultureInfo.InvariantCulture);
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa OtherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly VerificationKeys Keys = new([Public(Key, Kid, "licence"), Public(OtherKey, "k2", "access")]);

    private static readonly LicenceClaims Claims = new(
        "https://pay.example", BuyerPseudonym.From(Id(1)), LicenceToken.Audience, LicenceId.From(Id(2)), 1_000, 1_000, 2_000,
        WorkId.From(Id(3)), OfferId.From(Id(4)), ["ai-train", "read"], ["tokenize"], 12, "87.5", "hash",
        new LicenceStatusClaim(new StatusListEntry(7, "https://pay.example/status-lists/1")));

    private static readonly AccessClaims Access = new(
        Claims.Iss, Claims.Sub, Claims.Aud, Claims.Jti.ToString(), "one-of-many", 1_000, 1_300, Claims.Jti, Claims.ContentId,
        Claims.OfferId, ["read"], null, "hash");

    [Fact]
    public void What_was_signed_is_read_back()
    {
        var (facts, fault) = Verify(LicenceToken.Sign(Claims, Key, Kid));

        fault.ShouldBe(TokenFault.None);
        facts!.Kind.ShouldBe(TokenKind.Licence);
        facts.LicenceId.ShouldBe(Claims.Jti);
        facts.Buyer.ShouldBe(Claims.Sub);
        facts.WorkId.ShouldBe(Claims.ContentId);
        facts.OfferId.ShouldBe(Claims.OfferId);
        facts.NotBefore.ShouldBe(1_000);
        facts.Expires.ShouldBe(2_000);
        facts.MaxUses.ShouldBe(12);
        facts.RightsScope.ShouldBe(["ai-train", "read"]);
        facts.Terms.ShouldBe("hash");
        facts.Issuer.ShouldBe("https://pay.example");
    }

    [Fact]
    public void Both_spellings_of_a_signature_hold_sign_the_same_and_ours_is_the_lower()
    {
        for (var i = 0; i < 20; i++)
        {
            var token = LicenceToken.Sign(Claims, Key, Kid);
            var dot = token.LastIndexOf('.') + 1;
            var signature = Base64Url.DecodeFromChars(token.AsSpan(dot));
            var s = new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
            s.ShouldBeLessThanOrEqualTo(Order / 2);
            var other = (Order - s).ToByteArray(isUnsigned: true, isBigEndian: true);
            var twin = token[..dot] + Base64Url.EncodeToString([.. signature[..32], .. new byte[32 - other.Length], .. other]);

            twin.ShouldNotBe(token);
            Verify(twin).Facts.ShouldNotBeNull().LicenceId.ShouldBe(Claims.Jti);
            LicenceToken.Content(twin).ToString().ShouldBe(LicenceToken.Content(token).ToString());
        }
    }

    [Fact]
    public void A_link_names_the_only_file_that_it_opens()
    {
        var link = LicenceToken.Sign(Access with { Catu = new(new("/w/x/a b.csv")) }, OtherKey, "k2");

        var (facts, fault) = Verify(link);

        fault.ShouldBe(TokenFault.None);
        (facts!.Kind, facts.Path, facts.LicenceId).ShouldBe((TokenKind.Link, "/w/x/a b.csv", Claims.Jti));
        // What is not understood of its conditions is not passed over.
        Verify(Sign("""{"alg":"ES256","kid":"k2","typ":"link+jwt"}""", OtherKey, """{"path":{"prefix":"/w/x/"}}""")).Fault.ShouldBe(TokenFault.BadClaims);
        Verify(Sign("""{"alg":"ES256","kid":"k2","typ":"link+jwt"}""", OtherKey, """{"path":{"exact":"/w/x"},"host":{"exact":"a"}}""")).Fault.ShouldBe(TokenFault.BadClaims);
        Verify(Sign("""{"alg":"ES256","kid":"k1","typ":"link+jwt"}""", Key, """{"path":{"exact":"/w/x"}}""")).Fault.ShouldBe(TokenFault.WrongKeyUse);
    }

    private static string Sign(string header, ECDsa key, string catu)
    {
        var claims = TallyJson.ToNode(Access).AsObject();
        claims["catu"] = System.Text.Json.Nodes.JsonNode.Parse(catu);
        var input = $"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{input}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))}";
    }

    [Fact]
    public void An_access_token_stands_for_its_licence()
    {
        var (facts, fault) = Verify(LicenceToken.Sign(Access, OtherKey, "k2"));

        fault.ShouldBe(TokenFault.None);
        facts!.Kind.ShouldBe(TokenKind.Access);
        facts.LicenceId.ShouldBe(Claims.Jti);
        facts.NotBefore.ShouldBe(1_000);
        facts.MaxUses.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"alg":"none","kid":"k1","typ":"license+jwt"}""", TokenFault.WrongAlgorithm)]
    [InlineData("""{"alg":"HS256","kid":"k1","typ":"license+jwt"}""", TokenFault.WrongAlgorithm)]
    [InlineData("""{"alg":"ES384","kid":"k1","typ":"license+jwt"}""", TokenFault.WrongAlgorithm)]
    [InlineData("""{"alg":"es256","kid":"k1","typ":"license+jwt"}""", TokenFault.WrongAlgorithm)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"JWT"}""", TokenFault.WrongType)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"LICENSE+JWT"}""", TokenFault.WrongType)]
    [InlineData("""{"alg":"ES256","kid":"k1"}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","typ":"license+jwt"}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"nobody","typ":"license+jwt"}""", TokenFault.UnknownKey)]
    [InlineData("""{"alg":"ES256","kid":"k2","typ":"license+jwt"}""", TokenFault.WrongKeyUse)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"at+jwt"}""", TokenFault.WrongKeyUse)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"license+jwt","crit":["exp"]}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"license+jwt","jwk":{}}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"license+jwt","b64":false}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","alg":"ES256","kid":"k1","typ":"license+jwt"}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":["k1"],"typ":"license+jwt"}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"\u006b1","typ":"license+jwt"}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"license+jwt"}{}""", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"k1","typ":"license+jwt" """, TokenFault.BadHeader)]
    [InlineData("""["ES256"]""", TokenFault.BadHeader)]
    [InlineData("", TokenFault.BadHeader)]
    [InlineData("""{"alg":"ES256","kid":"kü","typ":"license+jwt"}""", TokenFault.BadHeader)]
    public void A_header_that_is_not_exactly_ours_is_refused(string header, TokenFault expected) =>
        Verify(Token(header, TallyJson.ToNode(Claims).ToJsonString())).Fault.ShouldBe(expected);

    [Theory]
    [InlineData("exp", null, TokenFault.BadClaims)]
    [InlineData("exp", "1000", TokenFault.BadClaims)]
    [InlineData("exp", "1e400", TokenFault.BadClaims)]
    [InlineData("exp", "2000.5", TokenFault.BadClaims)]
    [InlineData("exp", "-1", TokenFault.BadClaims)]
    [InlineData("exp", "253402300800", TokenFault.BadClaims)]
    [InlineData("exp", "\"2000\"", TokenFault.BadClaims)]
    [InlineData("nbf", null, TokenFault.BadClaims)]
    [InlineData("jti", "\"lic_1\"", TokenFault.BadClaims)]
    [InlineData("jti", "\"wrk_00000000000000000000000001\"", TokenFault.BadClaims)]
    [InlineData("sub", "\"\\ud800\"", TokenFault.BadClaims)]
    [InlineData("content_id", "null", TokenFault.BadClaims)]
    [InlineData("max_uses", "-1", TokenFault.BadClaims)]
    [InlineData("max_uses", "1.5", TokenFault.BadClaims)]
    [InlineData("max_uses", "null", TokenFault.BadClaims)]
    [InlineData("rights_scope", "\"ai-train\"", TokenFault.BadClaims)]
    [InlineData("rights_scope", "[1]", TokenFault.BadClaims)]
    [InlineData("rights_scope", "[[\"ai-train\"]]", TokenFault.BadClaims)]
    [InlineData("aud", "\"someone-else\"", TokenFault.WrongAudience)]
    [InlineData("aud", "[\"tallystick-gate\"]", TokenFault.WrongAudience)]
    [InlineData("cnf", "{\"jkt\":\"x\"}", TokenFault.HolderKeyNeeded)]
    [InlineData("something_new", "{\"a\":[1]}", TokenFault.None)]
    [InlineData("max_uses", "0", TokenFault.None)]
    public void A_claim_out_of_form_is_refused_although_it_was_signed(string claim, string? json, TokenFault expected)
    {
        var claims = TallyJson.ToNode(Claims).AsObject();
        claims.Remove(claim);
        var text = claims.ToJsonString();
        text = json is null ? text : $"{text[..^1]},\"{claim}\":{json}}}";

        Verify(Signed(text)).Fault.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"exp\":1,\"exp\":2}")]
    [InlineData("{\"exp\":1} ")]
    public void A_payload_without_the_claims_is_refused(string payload) =>
        Verify(Signed(payload)).Fault.ShouldBe(TokenFault.BadClaims);

    [Fact]
    public void A_repeated_claim_is_refused()
    {
        var text = TallyJson.ToNode(Claims).ToJsonString();

        Verify(Signed($"{text[..^1]},\"exp\":9000}}")).Fault.ShouldBe(TokenFault.BadClaims);
    }

    [Fact]
    public void Every_other_spelling_of_a_token_is_refused()
    {
        var token = LicenceToken.Sign(Claims, Key, Kid);
        var parts = token.Split('.');
        // The last digit of a 64-byte value carries two bits of nothing.
        var stray = token[..^1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            [("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".IndexOf(token[^1]) ^ 1)];

        foreach (var other in (string[])
            [
                token + "=", token + "==", " " + token, token + " ", token + "\n", parts[0] + ".." + parts[2], parts[0] + "." + parts[1],
                token + ".", "." + token, token + "." + parts[2], stray, token.Replace('.', ','), parts[1] + "." + parts[2],
                token.Insert(10, "\r\n"), parts[0] + "." + parts[1] + ".", "", ".", "..", "...", "\0", "é" + token,
            ])
        {
            Verify(other).Facts.ShouldBeNull(other);
        }

        Verify(token).Facts.ShouldNotBeNull();
    }

    [Fact]
    public void No_bit_of_a_token_can_be_changed()
    {
        var token = Encoding.ASCII.GetBytes(LicenceToken.Sign(Claims, Key, Kid));
        for (var i = 0; i < token.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                token[i] ^= (byte)(1 << bit);
                LicenceToken.Verify(token.AsSpan(), Keys).Facts.ShouldBeNull();
                token[i] ^= (byte)(1 << bit);
            }
        }
    }

    [Fact]
    public void A_signature_in_another_form_or_by_another_key_is_refused()
    {
        var payload = TallyJson.ToNode(Claims).ToJsonString();
        var input = Input(Header(), payload);
        var der = Key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        Verify(input + "." + Base64Url.EncodeToString(der)).Fault.ShouldBe(TokenFault.NotCompact);
        Verify(input + "." + Base64Url.EncodeToString(new byte[64])).Fault.ShouldBe(TokenFault.BadSignature);
        Verify(input + "." + Base64Url.EncodeToString(Enumerable.Repeat((byte)255, 64).ToArray())).Fault.ShouldBe(TokenFault.BadSignature);
        Verify(Token(Header(), payload, OtherKey)).Fault.ShouldBe(TokenFault.BadSignature);
    }

    [Fact]
    public void A_token_beyond_the_bound_is_not_looked_at()
    {
        Verify(new string('a', LicenceToken.BytesMost + 1)).Fault.ShouldBe(TokenFault.TooLong);
        Verify(new string('.', LicenceToken.BytesMost)).Fault.ShouldBe(TokenFault.NotCompact);
        Should.Throw<ArgumentException>(() => LicenceToken.Sign(Claims with { Terms = new string('x', 9_000) }, Key, Kid));
    }

    [Fact]
    public void Any_bytes_get_an_answer_and_never_an_exception() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll<byte[], int>((bytes, cut) =>
        {
            var token = Encoding.ASCII.GetBytes(LicenceToken.Sign(Claims, Key, Kid));
            var at = (cut & int.MaxValue) % token.Length;
            byte[] spliced = [.. token[..at], .. bytes, .. token[at..]];
            return LicenceToken.Verify(bytes.AsSpan(), Keys).Facts is null &&
                (bytes.Length == 0 || LicenceToken.Verify(spliced.AsSpan(), Keys).Facts is null);
        }));

    [Fact]
    public void Any_signed_payload_gets_an_answer_and_never_an_exception() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<byte[], int>((bytes, cut) =>
        {
            var good = Encoding.UTF8.GetBytes(TallyJson.ToNode(Claims).ToJsonString());
            var at = (cut & int.MaxValue) % good.Length;
            byte[] spliced = [.. good[..at], .. bytes, .. good[at..]];
            var (facts, fault) = Verify(Token(Encoding.ASCII.GetBytes(Header()), spliced, Key));
            return facts is null == (fault != TokenFault.None);
        }));

    [Fact]
    public void Only_points_of_the_curve_become_keys()
    {
        var good = Public(Key, Kid, "licence");
        var keys = new VerificationKeys(
        [
            good with { Kid = "off-curve", Y = good.X }, good with { Kid = "short", X = good.X[..^2] },
            good with { Kid = "padded", X = good.X + "=" }, good with { Kid = "use", Use = "anything" },
            good with { Kid = "a kid" }, good with { Kid = "" }, good,
        ]);

        keys.Count.ShouldBe(1);
        keys.Refused.Count.ShouldBe(6);
    }

    [Fact]
    public void A_key_of_another_curve_or_an_odd_kid_does_not_sign()
    {
        using var wide = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Should.Throw<ArgumentException>(() => LicenceToken.Sign(Claims, wide, Kid));
        Should.Throw<ArgumentException>(() => LicenceToken.Sign(Claims, Key, "a\"b"));
    }

    private static TokenOutcome Verify(string token) => LicenceToken.Verify(token.AsSpan(), Keys);

    private static string Header() => """{"alg":"ES256","kid":"k1","typ":"license+jwt"}""";

    private static string Signed(string payload) => Token(Header(), payload);

    private static string Input(string header, string payload) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));

    private static string Token(string header, string payload, ECDsa? key = null) =>
        Token(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload), key ?? Key);

    private static string Token(byte[] header, byte[] payload, ECDsa key)
    {
        var input = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(payload);
        return input + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256));
    }

    private static FeedSigningKey Public(ECDsa key, string kid, string use)
    {
        var q = key.ExportParameters(false).Q;
        return new(kid, Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y), use);
    }

    private static Guid Id(int n) => new(n, 0, 0, new byte[8]);
}
