using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Codec;

/// <summary>The fixtures with which xrpl.js, xrpl-py and xrpl-go test their codecs (<c>tests/vectors/README.md</c>).</summary>
public sealed class FixtureTests
{
    private static readonly JsonArray Cases =
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "codec-fixtures.json")))!.AsArray();

    public static TheoryData<int, string> All => [.. Cases.Select((one, i) => new TheoryDataRow<int, string>(i, $"{one!["of"]} {one["kind"]}"))];

    [Theory]
    [MemberData(nameof(All))]
    public void A_fixture_of_another_codec_holds_here(int at, string name)
    {
        var one = Cases[at]!.AsObject();
        string Text(string member) => (string)one[member]!;
        switch (Text("kind"))
        {
            case "object":
                Encode(one["json"]!).ShouldBe(Text("blob"));
                Read(Text("blob")).ShouldBe(Text("blob"));
                Encode(SerializedObject.ParseHex(Text("blob")).ToJson()).ShouldBe(Text("blob"));
                Shown(one["json"]!, SerializedObject.ParseHex(Text("blob")).ToJson());
                break;
            case "encode":
                Encode(one["json"]!).ShouldBe(Text("blob"));
                break;
            case "decode":
                Shown(one["json"]!, SerializedObject.ParseHex(Text("blob")).ToJson());
                break;
            case "unsigned":
                Encode(one["json"]!).ShouldStartWith("1200");
                Unsigned(one["json"]!).ShouldBe(Text("blob"));
                break;
            case "xaddress":
                Encode(one["x"]!).ShouldBe(Encode(one["json"]!));
                break;
            case "header":
                Convert.ToHexString(Fields.ByName(Text("field")).Header).ShouldBe(Text("hex"));
                break;
            case "refused":
                Should.Throw<XrplFormatException>(() => Encode(one["json"]!), name);
                break;
            case "signing":
                Convert.ToHexString(Of(one["json"]!).SigningData()).ShouldBe(Text("text"));
                break;
            case "multisigning":
                var several = new Transaction(Of(one["json"]!).Fields.With(Fields.SigningPubKey, ""));
                Convert.ToHexString(several.MultiSigningData(AccountId.Parse(Text("by")))).ShouldBe(Text("text"));
                break;
            case "claim":
                var blob = new byte[ChannelClaim.BlobBytes];
                new ChannelClaim(Hash256.Parse(Text("channel")), Drops.Parse(Text("drops"))).WriteBlob(blob);
                Convert.ToHexString(blob).ShouldBe(Text("text"));
                break;
            default:
                Value(one);
                break;
        }
    }

    private static void Value(JsonObject one)
    {
        var type = Enum.Parse<FieldType>((string)one["type"]!);
        var field = one["field"] is { } named ? Fields.ByName((string)named!) : Fields.All.First(f => f.Type == type && NameTable.For(f) is null);
        if ((one["refused"] ?? one["differs"]) is { } why)
        {
            Should.Throw<XrplFormatException>(() => ValueJson.FromJson(field, one["json"]), (string?)why);
            return;
        }

        var bytes = ValueJson.FromJson(field, one["json"]);
        Convert.ToHexString(bytes).ShouldBe((string?)one["hex"]);
        if (one["shown"] is { } shown)
        {
            JsonNode.DeepEquals(ValueJson.ToJson(field, bytes), shown).ShouldBeTrue(ValueJson.ToJson(field, bytes).ToJsonString());
        }
    }

    private static void Shown(JsonNode expected, JsonObject actual)
    {
        foreach (var (member, value) in actual)
        {
            JsonNode.DeepEquals(value, Known(member, expected[member])).ShouldBeTrue($"{member}: {value?.ToJsonString()}, expected {expected[member]?.ToJsonString()}");
        }
    }

    // Steps of paths that say their own kind, as servers once did; nobody as an account, who has no bytes and no name here.
    private static JsonNode? Known(string member, JsonNode? expected)
    {
        if (member == "Account" && (string?)expected == "rrrrrrrrrrrrrrrrrrrrrhoLvTp")
        {
            return "";
        }

        var copy = expected?.DeepClone();
        foreach (var step in member == "Paths" ? copy!.AsArray().SelectMany(path => path!.AsArray()) : [])
        {
            step!.AsObject().Remove("type");
            step.AsObject().Remove("type_hex");
        }

        return copy;
    }

    private static Transaction Of(JsonNode json) => new(SerializedObject.FromJson(json.AsObject()));

    private static string Encode(JsonNode json) => Convert.ToHexString(SerializedObject.FromJson(json.AsObject()).ToBytes());

    private static string Read(string hex) => Convert.ToHexString(SerializedObject.ParseHex(hex).ToBytes());

    private static string Unsigned(JsonNode json)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        SerializedObject.FromJson(json.AsObject()).WriteTo(bytes, signedOnly: true);
        return Convert.ToHexString(bytes.WrittenSpan);
    }
}
