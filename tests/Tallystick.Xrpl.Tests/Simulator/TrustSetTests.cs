using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Trust lines: what opens, changes and forbids them.</summary>
public sealed class TrustSetTests
{
    private const uint SetAuth = 0x0001_0000;
    private const uint SetNoRipple = 0x0002_0000;
    private const uint ClearNoRipple = 0x0004_0000;
    private const uint SetFreeze = 0x0010_0000;
    private const uint ClearFreeze = 0x0020_0000;
    private const uint SetDeepFreeze = 0x0040_0000;
    private const uint ClearDeepFreeze = 0x0080_0000;
    private const uint NoFreezeFlag = 6;
    private const uint DefaultRipple = 8;
    private const uint DepositAuth = 9;
    private const uint DisallowIncomingTrustLine = 15;

    private readonly Bank _bank = new();
    private readonly KeyPair _issuer;
    private readonly KeyPair _alice;
    private readonly KeyPair _bob;

    public TrustSetTests() => (_issuer, _alice, _bob) = (_bank.Open(1000), _bank.Open(1000), _bank.Open(1000));

    [Fact]
    public void Authorising_takes_an_account_that_requires_it()
    {
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        Trust(_issuer, _alice, "0", SetAuth).ShouldBe("tefNO_AUTH_REQUIRED");
    }

    [Fact]
    public void Who_disallows_incoming_lines_keeps_those_it_has()
    {
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = DisallowIncomingTrustLine }, _issuer).ShouldBe("tesSUCCESS");
        Trust(_bob, _issuer, "10").ShouldBe("tecNO_PERMISSION");
        Trust(_alice, _issuer, "20").ShouldBe("tesSUCCESS", "the line is there already");
        Trust(_issuer, _bob, "5").ShouldBe("tesSUCCESS", "its own hand may");
    }

    [Fact]
    public void Who_owes_on_a_line_cannot_forbid_that_it_passes_on()
    {
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "5").ShouldBe("tesSUCCESS");
        Trust(_issuer, _alice, "0", SetNoRipple).ShouldBe("tecNO_PERMISSION");
        Trust(_alice, _issuer, "10", SetNoRipple).ShouldBe("tesSUCCESS");
        Pay(_alice, _issuer, "5").ShouldBe("tesSUCCESS");
        Trust(_issuer, _alice, "0", SetNoRipple).ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void Both_ways_at_once_changes_nothing_for_rippling_and_is_forbidden_for_freezes()
    {
        Trust(_alice, _issuer, "10", SetNoRipple).ShouldBe("tesSUCCESS");
        Trust(_alice, _issuer, "10", SetNoRipple | ClearNoRipple).ShouldBe("tesSUCCESS");
        Line(_alice)["no_ripple"]!.GetValue<bool>().ShouldBeTrue();
        Trust(_alice, _issuer, "10", SetFreeze | ClearFreeze).ShouldBe("tecNO_PERMISSION");
        Trust(_alice, _issuer, "10", SetDeepFreeze | ClearDeepFreeze).ShouldBe("tecNO_PERMISSION");
        Trust(_alice, _issuer, "10", SetFreeze | ClearDeepFreeze).ShouldBe("tecNO_PERMISSION");
    }

    [Fact]
    public void A_deep_freeze_stands_on_a_freeze_and_stops_both_directions()
    {
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = DefaultRipple }, _issuer).ShouldBe("tesSUCCESS");
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        Trust(_bob, _issuer, "10").ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "5").ShouldBe("tesSUCCESS");
        Pay(_issuer, _bob, "5").ShouldBe("tesSUCCESS");
        Trust(_issuer, _alice, "0", SetDeepFreeze).ShouldBe("tecNO_PERMISSION", "not frozen");
        Trust(_issuer, _alice, "0", SetFreeze | SetDeepFreeze).ShouldBe("tesSUCCESS");
        Line(_alice)["deep_freeze_peer"]!.GetValue<bool>().ShouldBeTrue();
        Trust(_issuer, _alice, "0", ClearFreeze).ShouldBe("tecNO_PERMISSION", "the deep freeze would stand alone");
        Pay(_alice, _bob, "1").ShouldBe("tecPATH_DRY");
        Pay(_bob, _alice, "1").ShouldBe("tecPATH_DRY", "a plain freeze would let this through");
        Pay(_alice, _issuer, "1").ShouldBe("tesSUCCESS");
        Trust(_issuer, _alice, "0", ClearFreeze | ClearDeepFreeze).ShouldBe("tesSUCCESS");
        Pay(_bob, _alice, "1").ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void Who_promised_never_to_freeze_does_not()
    {
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = NoFreezeFlag }, _issuer).ShouldBe("tesSUCCESS");
        Trust(_issuer, _alice, "0", SetFreeze).ShouldBe("tecNO_PERMISSION");
        Trust(_issuer, _alice, "0", ClearFreeze).ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void Malformed_lines_are_told_apart()
    {
        Trust(_alice, _alice, "10").ShouldBe("temDST_IS_SRC");
        Trust(_alice, _bank.Key(), "10").ShouldBe("tecNO_DST");
        Trust(_alice, _issuer, "0").ShouldBe("tecNO_LINE_REDUNDANT");
        Raw("\"LimitAmount\":\"10\"").ShouldBe("temBAD_LIMIT");
        Raw("\"QualityIn\":0").ShouldBe("temBAD_LIMIT");
        Raw("\"LimitAmount\":{\"currency\":\"USD\",\"issuer\":\"rrrrrrrrrrrrrrrrrrrrBZbvji\",\"value\":\"1\"}").ShouldBe("temDST_NEEDED");
        Raw($"\"LimitAmount\":{{\"currency\":\"USD\",\"issuer\":\"{_issuer.Account}\",\"value\":\"-1\"}}").ShouldBe("temBAD_LIMIT");
        Raw($"\"LimitAmount\":{{\"currency\":\"0000000000000000000000005852500000000000\",\"issuer\":\"{_issuer.Account}\",\"value\":\"1\"}}").ShouldBe("temBAD_CURRENCY");
        // At par going out is none at all, coming in it is one.
        Raw($"\"QualityOut\":1000000000,\"LimitAmount\":{{\"currency\":\"USD\",\"issuer\":\"{_issuer.Account}\",\"value\":\"0\"}}").ShouldBe("tecNO_LINE_REDUNDANT");
        Raw($"\"QualityIn\":1000000000,\"LimitAmount\":{{\"currency\":\"USD\",\"issuer\":\"{_issuer.Account}\",\"value\":\"0\"}}").ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void Who_takes_deposits_by_its_own_hand_only_takes_no_currency_from_others()
    {
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        _bank.Apply(new AccountSet(_alice.Account) { SetFlag = DepositAuth }, _alice).ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "5").ShouldBe("tecNO_PERMISSION");
        _bank.Apply(new AccountSet(_alice.Account) { ClearFlag = DepositAuth }, _alice).ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "5").ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void Nobody_claws_back_from_whom_it_owes()
    {
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = 16 }, _issuer).ShouldBe("tesSUCCESS");
        Trust(_alice, _issuer, "10").ShouldBe("tesSUCCESS");
        Clawback().ShouldBe("tecINSUFFICIENT_FUNDS");
        Pay(_issuer, _alice, "5").ShouldBe("tesSUCCESS");
        Clawback().ShouldBe("tesSUCCESS");

        Trust(_issuer, _bob, "10").ShouldBe("tesSUCCESS");
        _bank.Apply(new Payment(_bob.Account, _issuer.Account, new Xrpl.Amount.Issued(IssuedValue.Parse("3"), CurrencyCode.Parse("USD"), _bob.Account)), _bob)
            .ShouldBe("tesSUCCESS");
        Clawback(_bob).ShouldBe("tecNO_PERMISSION");
    }

    private string Clawback(KeyPair? from = null) => _bank.Apply(_bank.Sign(
        _issuer.Account,
        $$"""{"TransactionType":"Clawback","Amount":{"currency":"USD","issuer":"{{(from ?? _alice).Account}}","value":"1"} }""",
        _issuer));

    private string Raw(string fields) => _bank.Apply(_bank.Sign(_alice.Account, $$"""{"TransactionType":"TrustSet",{{fields}}}""", _alice));

    private string Trust(KeyPair account, KeyPair peer, string limit, uint? flags = null) =>
        _bank.Apply(new TrustSet(account.Account, Dollars(limit, peer)) { Flags = flags }, account);

    private string Pay(KeyPair from, KeyPair to, string value) => _bank.Apply(new Payment(from.Account, to.Account, Dollars(value, _issuer)), from);

    private System.Text.Json.Nodes.JsonObject Line(KeyPair holder) => _bank.Ask("account_lines", new()
    {
        ["account"] = holder.Account.ToString(), ["ledger_index"] = "validated",
    })["result"]!["lines"]![0]!.AsObject();

    private static Xrpl.Amount.Issued Dollars(string value, KeyPair issuer) =>
        new(IssuedValue.Parse(value), CurrencyCode.Parse("USD"), issuer.Account);
}
