using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Settings of an account, each as the ledger's own rules have it.</summary>
public sealed class AccountSetTests
{
    private const string Key = "0330E7FC9D56BB25D6893BA3F317AE5BCF33B3291BD63DB32654A313222F7FD020";

    private readonly Bank _bank = new();
    private readonly KeyPair _owner;

    public AccountSetTests() => _owner = _bank.Open(1000);

    [Theory]
    [InlineData("\"TickSize\":0", "tesSUCCESS")]
    [InlineData("\"TickSize\":2", "temBAD_TICK_SIZE")]
    [InlineData("\"TickSize\":3", "tesSUCCESS")]
    [InlineData("\"TickSize\":15", "tesSUCCESS")]
    [InlineData("\"TickSize\":16", "tesSUCCESS")]
    [InlineData("\"TickSize\":17", "temBAD_TICK_SIZE")]
    [InlineData($"\"MessageKey\":\"{Key}\"", "tesSUCCESS")]
    [InlineData("\"MessageKey\":\"\"", "tesSUCCESS")]
    [InlineData("\"MessageKey\":\"04AB\"", "telBAD_PUBLIC_KEY")]
    [InlineData("\"SetFlag\":10", "temMALFORMED")]
    [InlineData("\"SetFlag\":10,\"NFTokenMinter\":\"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf\"", "tesSUCCESS")]
    [InlineData("\"ClearFlag\":10", "tesSUCCESS")]
    [InlineData("\"ClearFlag\":10,\"NFTokenMinter\":\"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf\"", "temMALFORMED")]
    [InlineData("\"SetFlag\":1,\"ClearFlag\":1", "temINVALID_FLAG")]
    [InlineData("\"SetFlag\":1,\"Flags\":131072", "temINVALID_FLAG")]
    [InlineData("\"ClearFlag\":2,\"Flags\":262144", "temINVALID_FLAG")]
    [InlineData("\"ClearFlag\":3,\"Flags\":1048576", "temINVALID_FLAG")]
    [InlineData("\"SetFlag\":1,\"Flags\":65536", "tesSUCCESS")]
    [InlineData("\"Flags\":1073741824", "temINVALID_FLAG")]
    [InlineData("\"SetFlag\":99", "tesSUCCESS")]
    [InlineData("\"WalletSize\":7,\"WalletLocator\":\"ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB\"", "tesSUCCESS")]
    public void Every_setting_has_its_own_answer(string settings, string expected) => Set(settings).ShouldBe(expected);

    [Fact]
    public void A_tick_size_of_zero_or_sixteen_takes_the_setting_away()
    {
        foreach (var none in new[] { 0, 16 })
        {
            Set("\"TickSize\":5").ShouldBe("tesSUCCESS");
            Root()["TickSize"]!.GetValue<uint>().ShouldBe(5u);
            Set($"\"TickSize\":{none}").ShouldBe("tesSUCCESS");
            Root().ContainsKey("TickSize").ShouldBeFalse();
        }
    }

    [Fact]
    public void An_account_that_asked_for_it_remembers_its_last_transaction()
    {
        Root().ContainsKey("AccountTxnID").ShouldBeFalse();
        Set("\"SetFlag\":5").ShouldBe("tesSUCCESS");
        Root()["AccountTxnID"]!.GetValue<string>().ShouldBe(new string('0', 64), "none since then");

        var signed = _bank.Sign(_owner.Account, "{\"TransactionType\":\"AccountSet\"}", _owner);
        _bank.Apply(signed).ShouldBe("tesSUCCESS");
        Root()["AccountTxnID"]!.GetValue<string>().ShouldBe(signed.Hash.ToString());

        // One that says which it follows is applied behind that one only.
        Set($"\"AccountTxnID\":\"{new string('A', 64)}\"").ShouldBe("tefWRONG_PRIOR");
        Set($"\"AccountTxnID\":\"{signed.Hash}\"").ShouldBe("tesSUCCESS");
        Set($"\"AccountTxnID\":\"{signed.Hash}\"").ShouldBe("tefWRONG_PRIOR");

        Set("\"ClearFlag\":5").ShouldBe("tesSUCCESS");
        Root().ContainsKey("AccountTxnID").ShouldBeFalse();
    }

    [Fact]
    public void What_only_cost_its_fee_is_not_remembered()
    {
        Set("\"SetFlag\":5").ShouldBe("tesSUCCESS");
        Set("\"SetFlag\":4").ShouldBe("tecNO_ALTERNATIVE_KEY");
        Root()["AccountTxnID"]!.GetValue<string>().ShouldBe(new string('0', 64));
    }

    [Fact]
    public void A_ticket_and_a_prior_transaction_exclude_each_other()
    {
        _bank.Apply(new TicketCreate(_owner.Account, 1), _owner).ShouldBe("tesSUCCESS");
        var ticket = _bank.Sequence(_owner.Account) - 1;
        var json = $$"""{"TransactionType":"AccountSet","Account":"{{_owner.Account}}","Fee":"12","Sequence":0,"TicketSequence":{{ticket}},"AccountTxnID":"{{new string('A', 64)}}"}""";
        _bank.Submit(new Transaction(SerializedObject.FromJson(json)).Sign(_owner)).ShouldBe("temINVALID");
    }

    [Fact]
    public void No_freeze_keeps_a_general_freeze_also_when_both_come_at_once()
    {
        Set("\"SetFlag\":7").ShouldBe("tesSUCCESS");
        Set("\"SetFlag\":6,\"ClearFlag\":7").ShouldBe("tesSUCCESS");
        (Root()["Flags"]!.GetValue<uint>() & 0x0060_0000).ShouldBe(0x0060_0000u);
        Set("\"ClearFlag\":7").ShouldBe("tesSUCCESS");
        (Root()["Flags"]!.GetValue<uint>() & 0x0040_0000).ShouldBe(0x0040_0000u);
    }

    private string Set(string settings) => _bank.Apply(_bank.Sign(_owner.Account, $$"""{"TransactionType":"AccountSet",{{settings}}}""", _owner));

    private JsonObject Root() => _bank.Ask("account_info", new()
    {
        ["account"] = _owner.Account.ToString(), ["ledger_index"] = "validated",
    })["result"]!["account_data"]!.AsObject();
}
