using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Tests.Codec;

/// <summary>Numbers and amounts at the edges of what their bits hold. The values are ripple-binary-codec's.</summary>
public sealed class NumberTests
{
    [Theory]
    [InlineData("92233720368547758079", "0CCCCCCCCCCCCCCD00000002", "922337203685477581e2")]
    [InlineData("-92233720368547758079", "F33333333333333300000002", "-922337203685477581e2")]
    [InlineData("92233720368547758075", "0CCCCCCCCCCCCCCD00000002", "922337203685477581e2")]
    [InlineData("92233720368547758074", "7FFFFFFFFFFFFFFF00000001", "9223372036854775807e1")]
    [InlineData("9223372036854775807", "7FFFFFFFFFFFFFFF00000000", "9223372036854775807")]
    [InlineData("9223372036854775807.5", "0CCCCCCCCCCCCCCD00000001", "9223372036854775810")]
    [InlineData("-9223372036854775808", "F33333333333333300000001", "-9223372036854775810")]
    [InlineData("99999999999999999995", "0DE0B6B3A764000000000002", "1e20")]
    [InlineData("18446744073709551615", "199999999999999A00000001", "1844674407370955162e1")]
    [InlineData("9.99e32785", "0DDD2935029D800000008000", "999000000000000000e32768")]
    [InlineData("1e32786", "0DE0B6B3A764000000008000", "1000000000000000000e32768")]
    [InlineData("-0", "000000000000000080000000", "0")]
    public void A_number_is_rounded_into_63_bits_and_once_more_where_rounding_carries_it_out(string text, string bits, string shown)
    {
        var blob = SerializedObject.FromJson(new JsonObject { ["AssetsMaximum"] = text });
        Convert.ToHexString(blob.ToBytes()).ShouldBe("93" + bits);
        ((string)SerializedObject.Parse(blob.ToBytes()).ToJson()["AssetsMaximum"]!).ShouldBe(shown);
    }

    [Theory]
    [InlineData("1e-32768")]
    [InlineData("1.5e-32769")]
    [InlineData("9223372036854775807.5e32768")]
    [InlineData("1e32787")]
    public void A_number_beyond_the_exponent_is_refused(string text) =>
        Should.Throw<XrplFormatException>(() => SerializedObject.FromJson(new JsonObject { ["AssetsMaximum"] = text }))
            .Message.ShouldStartWith("AssetsMaximum: ");

    [Theory]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("-9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("")]
    public void No_token_amount_is_below_zero_or_beyond_63_bits(string value) =>
        Should.Throw<XrplFormatException>(() => SerializedObject.FromJson(new JsonObject
        {
            ["Amount"] = new JsonObject { ["value"] = value, ["mpt_issuance_id"] = "00000000B5F762798A53D543A014CAF8B297CFF8F2F937E8" },
        })).Message.ShouldStartWith("Amount.value: ");

    [Theory]
    [InlineData("200000000000000001", "is below zero")]
    [InlineData("207FFFFFFFFFFFFFFF", "is below zero")]
    [InlineData("200000000000000000", "not in canonical form")]
    [InlineData("608000000000000000", "not in canonical form")]
    [InlineData("610000000000000001", "not in canonical form")]
    public void The_bytes_of_such_an_amount_are_refused_as_well(string units, string problem) =>
        Should.Throw<XrplFormatException>(() => SerializedObject.ParseHex("61" + units + "00000000B5F762798A53D543A014CAF8B297CFF8F2F937E8"))
            .Message.ShouldContain(problem);
}
