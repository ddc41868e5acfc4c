using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Npm = Tallystick.StripeSimulator.Tests.Support.Node;

namespace Tallystick.Xrpl.Tests.Codec;

/// <summary>Random transactions that npm's ripple-binary-codec made, over every field and type that it knows.</summary>
public sealed class PeerCodecTests(Npm node)
{
    private const int Transactions = 1_500;

    [Theory]
    [InlineData(1)]
    [InlineData(20_260_401)]
    public async Task Both_codecs_write_and_read_the_same_bytes(int seed)
    {
        var file = Path.GetTempFileName();
        try
        {
            await node.Script(
            [
                "codec.mjs", file, seed.ToString(CultureInfo.InvariantCulture), Transactions.ToString(CultureInfo.InvariantCulture),
            ]);
            var met = new HashSet<string>(StringComparer.Ordinal);
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            foreach (var line in lines)
            {
                Agrees(JsonNode.Parse(line)!, met);
            }

            lines.Length.ShouldBe(Transactions);
            Fields.All.Select(f => f.Name).Except(met).ShouldBe(["ObjectEndMarker", "ArrayEndMarker"], "fields that no transaction had");
        }
        finally
        {
            File.Delete(file);
        }
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
