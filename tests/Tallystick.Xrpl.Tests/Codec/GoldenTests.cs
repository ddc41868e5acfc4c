using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Codec;

/// <summary>Objects of many kinds as ripple-binary-codec 2.11 writes them, JSON and blob side by side.</summary>
public sealed class GoldenTests
{
    private static readonly JsonArray Golden =
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Codec", "golden.json")))!.AsArray();

    public static TheoryData<string> Names => [.. Golden.Select(item => item!["name"]!.GetValue<string>())];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_blob_becomes_the_same_json_and_the_json_the_same_blob(string name)
    {
        var (json, blob) = Find(name);
        var parsed = SerializedObject.ParseHex(blob);

        JsonNode.DeepEquals(parsed.ToJson(), json).ShouldBeTrue($"{parsed}\n{json.ToJsonString()}");
        Convert.ToHexString(parsed.ToBytes()).ShouldBe(blob);
        Convert.ToHexString(SerializedObject.FromJson(json).ToBytes()).ShouldBe(blob);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_blob_cut_anywhere_is_refused_or_shorter_by_whole_fields(string name)
    {
        var bytes = Convert.FromHexString(Find(name).Blob);
        for (var length = 1; length < Math.Min(bytes.Length, 600); length++)
        {
            if (SerializedObject.TryParse(bytes.AsMemory(0, length), out var parsed, out var problem))
            {
                parsed!.ToBytes().ShouldBe(bytes[..length]);
            }
            else
            {
                problem.ShouldStartWith("byte ");
            }
        }
    }

    [Fact]
    public void A_multi_signed_transaction_is_read_and_every_part_of_it_counts()
    {
        var (json, blob) = Find("signed by two");
        var transaction = Transaction.ParseHex(blob);
        var hash = Golden.Single(item => item!["name"]!.GetValue<string>() == "signed by two")!["hash"]!.GetValue<string>();

        transaction.Hash.ToString().ShouldBe(hash);
        transaction.IsMultiSigned.ShouldBeTrue();
        transaction.SigningKey.ShouldBeNull();
        transaction.VerifySignatures().ShouldBeTrue();
        Signer.TryReadAll(transaction, out var signers).ShouldBeTrue();
        signers.Count.ShouldBe(2);

        With(json, changed => changed["Fee"] = "37").ShouldBeFalse();
        With(json, changed => changed["TxnSignature"] = "00").ShouldBeFalse();
        With(json, changed => changed["Signers"]!.AsArray().Add(changed["Signers"]![0]!.DeepClone())).ShouldBeFalse();
        With(json, changed => changed["Signers"] = new JsonArray()).ShouldBeFalse();
        With(json, changed => changed["SigningPubKey"] = "ED" + new string('0', 64)).ShouldBeFalse();
        With(json, changed =>
        {
            var list = changed["Signers"]!.AsArray();
            var first = list[0]!.DeepClone();
            list.RemoveAt(0);
            list.Add(first);
        }).ShouldBeFalse();
        With(json, changed => changed["Signers"]!.AsArray().RemoveAt(0)).ShouldBeTrue();
    }

    private static bool With(JsonObject json, Action<JsonObject> change)
    {
        var copy = (JsonObject)json.DeepClone();
        change(copy);
        return new Transaction(SerializedObject.FromJson(copy)).VerifySignatures();
    }

    private static (JsonObject Json, string Blob) Find(string name)
    {
        var item = Golden.Single(item => item!["name"]!.GetValue<string>() == name)!;
        return (item["json"]!.AsObject(), item["blob"]!.GetValue<string>());
    }
}
