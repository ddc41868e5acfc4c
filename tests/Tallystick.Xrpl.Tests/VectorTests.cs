using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.Xrpl.Vectors;

namespace Tallystick.Xrpl.Tests;

public sealed class VectorTests
{
    // Words for people, and the opinions of other programs.
    private static readonly string[] Remarks =
        ["name", "note", "why", "xrpljs_verify", "Flags", "tx_Amount", "algorithm"];

    public static TheoryData<string> Paths => [.. CryptoSuite.All.Select(suite => suite.Name)];

    private static string Text => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors.json"));

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_published_vector_agrees(string path)
    {
        var groups = VectorFile.Parse(Text).Run(CryptoSuite.Choose(path));
        groups.Count.ShouldBe(11);
        groups.SelectMany(group => group.Differences).ShouldBeEmpty();
        groups.ShouldAllBe(group => group.Agreed > 0);
        groups.Sum(group => group.Agreed).ShouldBe(71);
    }

    [Fact]
    public void Every_value_of_every_vector_matters()
    {
        var text = Text;
        foreach (var (group, content) in JsonNode.Parse(text)!.AsObject())
        {
            if (group == "generated_with")
            {
                continue;
            }

            var items = content as JsonArray ?? [content!.DeepClone()];
            for (var i = 0; i < items.Count; i++)
            {
                foreach (var (member, value) in items[i]!.AsObject())
                {
                    // Another wrong key or signature is as wrong.
                    var isWrongAnyway = member is "publicKey" or "signature" && items[i]!["valid"]?.GetValue<bool>() == false;
                    if (value is JsonValue && !isWrongAnyway && !Remarks.Contains(member)
                        && !member.StartsWith("rippled", StringComparison.Ordinal))
                    {
                        Changed(group, items[i]!.AsObject(), member)
                            .ShouldNotBeEmpty($"{group}[{i}].{member} can be changed without notice");
                    }
                }
            }
        }
    }

    [Fact]
    public void An_unknown_group_is_a_difference_and_never_passes_in_silence()
    {
        var groups = VectorFile.Parse("""{"ctid": [], "moon_phases": [{"full": true}]}""").Run(CryptoSuite.Active);
        groups.Single(group => group.Name == "moon_phases").Differing.ShouldBe(1);
        groups.Single(group => group.Name == "moon_phases").Differences.Single().ShouldContain("unknown group");
    }

    [Theory]
    [InlineData("""{"ctid": [{}]}""")]
    [InlineData("""{"ctid": [7]}""")]
    [InlineData("""{"ctid": []}""")]
    [InlineData("""{"ctid": "C000000000000000"}""")]
    [InlineData("""{"ctid": null}""")]
    [InlineData("""{"keypairs": [{"algorithm": "rsa", "seed": "snoPBrXtMeMyMHUVTgbuqAfg1SUTb"}]}""")]
    [InlineData("""{"ripple_time": [{"unix": 1.5, "ripple": 0}]}""")]
    [InlineData("""{"ripple_time": [{"unix": 946684799, "ripple": -1}]}""")]
    [InlineData("""{"claims": [{"publicKey": "", "channel": "", "signature": "", "drops": ""}]}""")]
    public void A_vector_that_cannot_be_checked_is_a_difference(string file) =>
        VectorFile.Parse(file).Run(CryptoSuite.Active).Single().Differences.ShouldNotBeEmpty();

    [Theory]
    [InlineData("""{"ctid": [{"valid": false, "ledger_index": 268435456, "txn_index": 0, "network_id": 0}]}""")]
    [InlineData("""{"ctid": [{"valid": false, "ctid": "B000000000000000"}]}""")]
    [InlineData("""{"xaddress_decode": [{"valid": false, "x": "XVPcpSm47b1CZkf5AkKM9a84dQHe3m4sBhsrA4XtnBECTAd"}]}""")]
    [InlineData("""{"transactions": [{"valid": false, "tx_blob": "120000"}]}""")]
    [InlineData("""{"partial_payment_meta": [{"TransactionResult": "tesSUCCESS", "credit_drops": null, "delivered_amount": {"value": "1", "currency": "USD", "issuer": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"}}]}""")]
    public void A_vector_that_must_be_refused_agrees_when_it_is(string file) =>
        VectorFile.Parse(file).Run(CryptoSuite.Active).Single().Differences.ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"generated_with": {}}""")]
    [InlineData("{\"ctid\": [")]
    [InlineData("""{"ctid": [], "ctid": []}""")]
    public void A_file_without_vectors_is_refused(string file) =>
        Should.Throw<XrplFormatException>(() => VectorFile.Parse(file));

    private static IReadOnlyList<string> Changed(string group, JsonObject item, string member)
    {
        var copy = (JsonObject)item.DeepClone();
        copy[member] = item[member]!.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.True => false,
            System.Text.Json.JsonValueKind.False => true,
            System.Text.Json.JsonValueKind.Number => item[member]!.GetValue<long>() == 0 ? 1 : item[member]!.GetValue<long>() - 1,
            _ when group == "invalid_addresses" => "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
            _ => Changed(item[member]!.GetValue<string>()),
        };
        var genesis = JsonNode.Parse(Text)!["genesis"]!.DeepClone();
        var file = group == "genesis"
            ? new JsonObject { [group] = copy }
            : new JsonObject { ["genesis"] = genesis, [group] = new JsonArray(copy) };
        return [.. VectorFile.Parse(file.ToJsonString()).Run(CryptoSuite.Active).SelectMany(result => result.Differences)];
    }

    private static string Changed(string text) => text switch
    {
        "tesSUCCESS" => "tecPATH_DRY",
        "tecUNFUNDED_PAYMENT" => "tesSUCCESS",
        "unavailable" => "5",
        "" => "00",
        _ => text[..^1] + (text[^1] == '1' ? '2' : '1'),
    };
}
