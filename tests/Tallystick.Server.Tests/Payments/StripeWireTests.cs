using System.Security.Cryptography;
using System.Text;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Tests.Payments;

public sealed class StripeWireTests
{
    private const string Secret = "whsec_test_0123456789";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);
    private static readonly byte[] Body = "{\"id\":\"evt_1\"}"u8.ToArray();

    [Fact]
    public void Parameters_are_written_with_brackets_in_names_and_everything_else_escaped() =>
        new StripeForm()
            .Add("line_items[0][price_data][product_data][name]", "Digits & more: 50 % [new]")
            .Add("amount", 1250)
            .Add("left_out", null)
            .ToString()
            .ShouldBe("line_items[0][price_data][product_data][name]=Digits%20%26%20more%3A%2050%20%25%20%5Bnew%5D&amount=1250");

    [Theory]
    [InlineData(0, StripeSignature.Valid)]
    [InlineData(-300, StripeSignature.Valid)]
    [InlineData(300, StripeSignature.Valid)]
    [InlineData(-301, "the timestamp is too far off")]
    [InlineData(301, "the timestamp is too far off")]
    public void A_signature_holds_five_minutes_both_ways(int seconds, string verdict) =>
        Check($"t={T(seconds)},v1={Sign(T(seconds))}").ShouldBe(verdict);

    [Fact]
    public void One_of_several_signatures_is_enough_while_a_secret_is_rotated() =>
        Check($"t={T(0)},v1={new string('0', 64)},v0=00,v1={Sign(T(0))}").ShouldBe(StripeSignature.Valid);

    [Theory]
    [InlineData("")]
    [InlineData("t=,v1=")]
    [InlineData("v1=00")]
    [InlineData("t=99999999999999999999,v1=00")]
    [InlineData("t=1900000000")]
    [InlineData("t=1900000000,v1=zz")]
    [InlineData("t=1900000000,v1=é")]
    public void Anything_else_is_refused_and_never_throws(string header) =>
        Check(header).ShouldNotBe(StripeSignature.Valid);

    [Fact]
    public void The_timestamp_is_signed_as_it_was_written()
    {
        var padded = "0" + T(0);

        Check($"t={padded},v1={Sign(T(0))}").ShouldBe("no signature matches");
        Check($"t={padded},v1={Sign(padded)}").ShouldBe(StripeSignature.Valid);
    }

    [Fact]
    public void Another_body_another_secret_or_none_is_refused()
    {
        var header = $"t={T(0)},v1={Sign(T(0))}";

        StripeSignature.Check(header, "{}"u8, [Secret], Now).ShouldBe("no signature matches");
        StripeSignature.Check(header, Body, [Secret + "x"], Now).ShouldBe("no signature matches");
        StripeSignature.Check(header, Body, [], Now).ShouldBe("no secret is configured");
    }

    private static string Check(string header) => StripeSignature.Check(header, Body, [Secret + "x", Secret], Now);

    private static string T(int seconds) => (Now.ToUnixTimeSeconds() + seconds).ToString();

    private static string Sign(string t) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(Secret), (byte[])[.. Encoding.UTF8.GetBytes(t + "."), .. Body]));
}
