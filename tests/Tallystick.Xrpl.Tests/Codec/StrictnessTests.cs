using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Tests.Codec;

public sealed class StrictnessTests
{
    private const string Account = "8114B5F762798A53D543A014CAF8B297CFF8F2F937E8";

    [Theory]
    [InlineData("", "blob")]
    [InlineData("12", "byte 1: 2 more bytes")]
    [InlineData("120000" + "120000", "byte 3: TransactionType is out of order or stands twice")]
    [InlineData("2400000001" + "120000", "byte 5: TransactionType is out of order")]
    [InlineData("1F0000", "byte 0: no field has type 1 and code 15")]
    [InlineData("100200", "byte 0: field header is not in its shortest form")]
    [InlineData("0002", "byte 0: field header is not in its shortest form")]
    [InlineData("E1", "byte 0: ObjectEndMarker is out of order")]
    [InlineData("F1", "byte 0: ArrayEndMarker is out of order")]
    [InlineData("F9E1F1", "byte 1: ObjectEndMarker stands in an array")]
    [InlineData("F9120000F1", "byte 1: TransactionType stands in an array")]
    [InlineData("F9EA", "byte 2: Memo does not end")]
    [InlineData("8113B5F762798A53D543A014CAF8B297CFF8F2F937", "byte 1: Account has 19 bytes")]
    [InlineData("73FF", "byte 1: length prefix out of range")]
    [InlineData("73C100", "byte 3: 193 more bytes")]
    [InlineData("011301" + "00", "byte 2: Indexes has 1 bytes")]
    [InlineData("61416345785D8A0001", "byte 1: Amount: XRP amount 416345785D8A0001 is below zero or above all XRP")]
    [InlineData("610000000000000001", "byte 1: Amount: XRP amount 0000000000000001 is below zero")]
    [InlineData("610000000000000000", "byte 1: Amount: XRP amount 0000000000000000 is below zero")]
    [InlineData("011200", "byte 2: an empty path")]
    [InlineData("011202", "byte 2: unknown kind of path step 02")]
    public void A_broken_blob_is_refused_with_the_place(string hex, string problem) =>
        Should.Throw<XrplFormatException>(() => SerializedObject.ParseHex(hex)).Message.ShouldStartWith(problem);

    [Theory]
    [InlineData("C000000000000000")]
    [InlineData("8000000000000001")]
    [InlineData("D4838D7EA4C68000" + "x")]
    [InlineData("D88000000000BC61")]
    [InlineData("C0038D7EA4C68000")]
    [InlineData("EC838D7EA4C68000")]
    public void Other_encodings_of_an_issued_value_are_refused(string bits)
    {
        var blob = "61" + bits.Replace("x", "", StringComparison.Ordinal)
            + "0000000000000000000000005553440000000000" + "B5F762798A53D543A014CAF8B297CFF8F2F937E8";
        if (bits.EndsWith('x'))
        {
            SerializedObject.ParseHex(blob).ToJson()["Amount"]!["value"]!.GetValue<string>().ShouldBe("1");
        }
        else
        {
            Should.Throw<XrplFormatException>(() => SerializedObject.ParseHex(blob));
        }
    }

    [Fact]
    public void Nesting_without_end_is_refused_and_no_stack_is_exhausted()
    {
        var deep = string.Concat(Enumerable.Repeat("EA", 100_000));
        Should.Throw<XrplFormatException>(() => SerializedObject.ParseHex(deep)).Message.ShouldContain("nested deeper");
        var lists = string.Concat(Enumerable.Repeat("F9EA", 100_000));
        Should.Throw<XrplFormatException>(() => SerializedObject.ParseHex(lists)).Message.ShouldContain("nested deeper");
    }

    [Theory]
    [InlineData("""{"Moon": 1}""", "Moon: no field")]
    [InlineData("""{"ObjectEndMarker": {}}""", "ObjectEndMarker: no field")]
    [InlineData("""{"TransactionType": "Paiment"}""", "TransactionType: 'Paiment'")]
    [InlineData("""{"TransactionType": 65536}""", "TransactionType: '65536'")]
    [InlineData("""{"Sequence": -1}""", "Sequence: '-1'")]
    [InlineData("""{"Sequence": 1.5}""", "Sequence: '1.5'")]
    [InlineData("""{"Sequence": 4294967296}""", "Sequence: '4294967296'")]
    [InlineData("""{"Sequence": true}""", "Sequence: a text")]
    [InlineData("""{"Fee": 12}""", "Fee: neither")]
    [InlineData("""{"Fee": "1.5"}""", "Fee: '1.5'")]
    [InlineData("""{"Fee": "-1"}""", "Fee: '-1'")]
    [InlineData("""{"Fee": "100000000000000001"}""", "Fee: '100000000000000001'")]
    [InlineData("""{"Fee": " 1"}""", "Fee: ' 1'")]
    [InlineData("""{"Amount": {"value": "1", "currency": "USD"}}""", "Amount: neither")]
    [InlineData("""{"Amount": {"value": "1", "currency": "USD", "issuer": "rHb9"}}""", "Amount")]
    [InlineData("""{"Amount": {"value": "1", "currency": "XRP", "issuer": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"}}""", "Amount.currency: XRP has no issuer")]
    [InlineData("""{"Amount": {"value": "12345678901234567", "currency": "USD", "issuer": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"}}""", "Amount.value")]
    [InlineData("""{"Account": "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi"}""", "Account.address: bad checksum")]
    [InlineData("""{"SigningPubKey": "ABC"}""", "SigningPubKey: bytes: an odd number")]
    [InlineData("""{"SigningPubKey": "XY"}""", "SigningPubKey: bytes: not hexadecimal")]
    [InlineData("""{"InvoiceID": "00"}""", "InvoiceID: hash: 2 characters")]
    [InlineData("""{"Memos": [{"Memo": {"MemoData": "0"}}]}""", "Memos[0].Memo.MemoData: bytes: an odd number")]
    [InlineData("""{"Memos": [{"Memo": {}, "Memo2": {}}]}""", "Memos[0]")]
    [InlineData("""{"Memos": [{"Fee": "1"}]}""", "Memos[0]: the one member must be")]
    [InlineData("""{"Fee": "1", "Fee": "2"}""", "no valid JSON")]
    [InlineData("""{"Paths": []}""", "Paths: paths are")]
    [InlineData("""{"Paths": [[{}]]}""", "Paths: paths are")]
    [InlineData("""{"Destination": "XVPcpSm47b1CZkf5AkKM9a84dQHe3mStTFRCftmx38NkCG9", "DestinationTag": 2}""", "DestinationTag: given beside")]
    [InlineData("""{"Amount": "1", "DeliverMax": "2"}""", "DeliverMax: differs")]
    [InlineData("[]", "a JSON object")]
    public void Broken_json_is_refused_with_the_member(string json, string problem) =>
        Should.Throw<XrplFormatException>(() => SerializedObject.FromJson(json)).Message.ShouldStartWith(problem);

    [Fact]
    public void An_x_address_becomes_account_and_tag()
    {
        var json = SerializedObject.FromJson(
            """{"Destination": "XVPcpSm47b1CZkf5AkKM9a84dQHe3mStTFRCftmx38NkCG9", "Account": "XVPcpSm47b1CZkf5AkKM9a84dQHe3m4sBhsrA4XtnBECTAc"}""").ToJson();
        json["Destination"]!.GetValue<string>().ShouldBe("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
        json["DestinationTag"]!.ToJsonString().ShouldBe("1");
        json.ContainsKey("SourceTag").ShouldBeFalse();
    }

    [Fact]
    public void Deliver_max_is_another_name_of_amount_and_notes_of_the_server_are_left_out()
    {
        var json = SerializedObject.FromJson(
            """{"TransactionType": "Payment", "DeliverMax": "5", "hash": "x", "date": 5, "ledger_index": null}""").ToJson();
        json.ToJsonString().ShouldBe("""{"TransactionType":"Payment","Amount":"5"}""");
    }

    [Fact]
    public void Unknown_numbers_of_known_tables_survive()
    {
        var parsed = SerializedObject.ParseHex("12FFFE" + Account);
        parsed.ToJson()["TransactionType"]!.ToJsonString().ShouldBe("65534");
        Convert.ToHexString(SerializedObject.FromJson(parsed.ToJson()).ToBytes()).ShouldBe("12FFFE" + Account);
    }

    [Fact]
    public void A_pseudo_transaction_of_the_negative_list_has_an_empty_account()
    {
        var parsed = SerializedObject.ParseHex("1200668100");
        parsed.Account(Fields.Account).ShouldBeNull();
        Convert.ToHexString(SerializedObject.FromJson(parsed.ToJson()).ToBytes()).ShouldBe("1200668100");
        var shown = new JsonObject { ["TransactionType"] = "UNLModify", ["Account"] = "rrrrrrrrrrrrrrrrrrrrrhoLvTp" };
        Convert.ToHexString(SerializedObject.FromJson(shown).ToBytes()).ShouldBe("1200668100");
    }

    [Fact]
    public void Lengths_around_each_step_of_the_prefix_survive()
    {
        foreach (var length in new[] { 0, 1, 192, 193, 194, 12_480, 12_481, 12_482, 65_536 + 12_481, 918_744 })
        {
            var json = new JsonObject { ["MemoData"] = Convert.ToHexString(new byte[length]) };
            var blob = SerializedObject.FromJson(json).ToBytes();
            SerializedObject.Parse(blob).Value(Fields.MemoData)!.Value.Length.ShouldBe(length);
        }

        var tooLong = new JsonObject { ["MemoData"] = Convert.ToHexString(new byte[918_745]) };
        Should.Throw<XrplFormatException>(() => SerializedObject.FromJson(tooLong).ToBytes());
    }

    [Fact]
    public void Every_field_of_the_table_has_its_own_header_and_name()
    {
        Fields.All.Count.ShouldBeGreaterThan(340);
        Fields.All.Select(field => field.Name).Distinct().Count().ShouldBe(Fields.All.Count);
        Fields.All.Select(field => ((int)field.Type, field.Code)).Distinct().Count().ShouldBe(Fields.All.Count);
        Fields.All.Where(field => !field.IsSigned).Select(field => field.Name).ShouldBe(
            ["TxnSignature", "Signature", "MasterSignature", "CounterpartySignature", "SponsorSignature", "Signers", "BatchSigners"],
            ignoreOrder: true);
    }
}
