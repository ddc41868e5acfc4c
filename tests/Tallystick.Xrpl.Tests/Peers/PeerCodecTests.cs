using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Npm = Tallystick.StripeSimulator.Tests.Support.Node;

namespace Tallystick.Xrpl.Tests.Peers;

/// <summary>Random transactions that npm's ripple-binary-codec made, over every field and type that it knows.</summary>
public sealed class PeerCodecTests(Npm node)
{
    [Theory]
    [InlineData(1)]
    [InlineData(20_260_401)]
    public async Task Both_codecs_write_and_read_the_same_bytes(int seed)
    {
        var made = await Peer.Makes(node, "codec.mjs", seed, count: 1_500);
        var met = new HashSet<string>(StringComparer.Ordinal);

        foreach (var one in made)
        {
            Agrees(one, met);
        }

        Fields.All.Select(f => f.Name).Except(met).ShouldBe(["ObjectEndMarker", "ArrayEndMarker"], "fields that no transaction had");
    }

    private static void Agrees(JsonNode made, HashSet<string> met)
    {
        var blob = (string)made["blob"]!;
        var asked = made["asked"]!.AsObject();
        var transaction = Transaction.ParseHex(blob);

        JsonNode.DeepEquals(transaction.Fields.ToJson(), made["json"]).ShouldBeTrue($"{transaction.Fields}\n{made["json"]!.ToJsonString()}");
        Convert.ToHexString(transaction.Fields.ToBytes()).ShouldBe(blob);
        Convert.ToHexString(SerializedObject.FromJson(asked).ToBytes()).ShouldBe(blob, asked.ToJsonString());
        Convert.ToHexString(transaction.SigningData()).ShouldBe((string)made["signing"]!);
        Convert.ToHexString(transaction.MultiSigningData(AccountId.Parse((string)made["signer"]!))).ShouldBe((string)made["multisigning"]!);
        if ((string?)made["hash"] is { } hash)
        {
            transaction.Hash.ToString().ShouldBe(hash);
        }

        met.UnionWith(NamesIn(asked));
    }

    private static IEnumerable<string> NamesIn(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => NamesIn(m.Value).Prepend(m.Key)),
        JsonArray items => items.SelectMany(NamesIn),
        _ => [],
    };
}
