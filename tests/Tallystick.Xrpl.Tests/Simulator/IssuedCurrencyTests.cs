using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Issued currencies: transfer fees, freezes and authorised lines, as rippled's payment engine judges them.</summary>
public sealed class IssuedCurrencyTests
{
    private const uint RequireAuth = 2;
    private const uint GlobalFreeze = 7;
    private const uint DefaultRipple = 8;
    private const uint PartialPayment = 0x0002_0000;
    private const uint SetAuth = 0x0001_0000;
    private const uint SetFreeze = 0x0010_0000;
    private const uint ClearFreeze = 0x0020_0000;

    private readonly Bank _bank = new();
    private readonly KeyPair _issuer;
    private readonly KeyPair _alice;
    private readonly KeyPair _bob;

    public IssuedCurrencyTests()
    {
        (_issuer, _alice, _bob) = (_bank.Open(1000), _bank.Open(1000), _bank.Open(1000));
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = DefaultRipple }, _issuer).ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void A_transfer_fee_is_paid_by_the_sender_on_top_and_only_between_holders()
    {
        Trusted(100);
        TransferRate(1_050_000_000).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "10", max: "10.5").ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("89.5", "10"));
        Pay(_bob, _issuer, "4").ShouldBe("tesSUCCESS", "redemption is free");
        Pay(_issuer, _bob, "4").ShouldBe("tesSUCCESS", "so is issue");
        (Owned(_alice), Owned(_bob)).ShouldBe(("89.5", "10"));
    }

    [Fact]
    public void A_transfer_fee_without_room_for_it_makes_the_payment_partial()
    {
        Trusted(100);
        TransferRate(1_250_000_000).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "10").ShouldBe("tecPATH_PARTIAL", "without SendMax the sender pays Amount at most");
        Pay(_alice, _bob, "10", max: "12.49").ShouldBe("tecPATH_PARTIAL");
        (Owned(_alice), Owned(_bob)).ShouldBe(("100", "0"));

        var partial = Draft(_alice, _bob, "10", "5") with { Flags = PartialPayment };
        var signed = _bank.Sign(partial, _alice);
        _bank.Apply(signed).ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("95", "4"));
        _bank.Find(signed.Hash)!.Meta.ToJson()["DeliveredAmount"]!["value"]!.GetValue<string>().ShouldBe("4", "not the 10 that were asked for");
        _bank.Apply(partial with { DeliverMin = Amount("4.01") }, _alice).ShouldBe("tecPATH_PARTIAL");
    }

    [Fact]
    public void A_transfer_rate_lies_between_one_and_two_or_is_taken_away()
    {
        foreach (var wrong in new[] { 1u, 999_999_999u, 2_000_000_001u }) TransferRate(wrong).ShouldBe("temBAD_TRANSFER_RATE");
        TransferRate(2_000_000_000).ShouldBe("tesSUCCESS");
        Trusted(100);
        Pay(_alice, _bob, "10", max: "20").ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("80", "10"));
        TransferRate(0).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "10").ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("70", "20"));
    }

    [Fact]
    public void A_frozen_holder_sends_to_the_issuer_only_and_still_receives()
    {
        Trusted(100);
        Trust(_issuer, _alice, "0", SetFreeze).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "1").ShouldBe("tecPATH_DRY");
        Pay(_alice, _issuer, "1").ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "2").ShouldBe("tesSUCCESS");
        Pay(_issuer, _bob, "5").ShouldBe("tesSUCCESS");
        Pay(_bob, _alice, "3").ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("104", "2"));
        Trust(_issuer, _alice, "0", ClearFreeze).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "1").ShouldBe("tesSUCCESS");
    }

    [Fact]
    public void A_global_freeze_stops_what_holders_send_each_other_and_nothing_else()
    {
        Trusted(100);
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = GlobalFreeze }, _issuer).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "1").ShouldBe("tecPATH_DRY");
        Pay(_alice, _issuer, "1").ShouldBe("tesSUCCESS");
        Pay(_issuer, _bob, "1").ShouldBe("tesSUCCESS");
        _bank.Apply(new AccountSet(_issuer.Account) { ClearFlag = GlobalFreeze }, _issuer).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "1").ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("98", "2"));
    }

    [Fact]
    public void An_issuer_that_requires_authorisation_fills_authorised_lines_only()
    {
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = RequireAuth }, _issuer).ShouldBe("tesSUCCESS");
        Trust(_alice, _issuer, "1000").ShouldBe("tesSUCCESS");
        Trust(_bob, _issuer, "1000").ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "5").ShouldBe("tecPATH_DRY");
        Trust(_issuer, _alice, "0", SetAuth).ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, "5").ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "1").ShouldBe("tecPATH_DRY", "bob's line is not authorised");
        Trust(_issuer, _bob, "0", SetAuth).ShouldBe("tesSUCCESS");
        Pay(_alice, _bob, "1").ShouldBe("tesSUCCESS");
        (Owned(_alice), Owned(_bob)).ShouldBe(("4", "1"));
    }

    [Fact]
    public void Authorisation_is_required_from_the_beginning_or_not_at_all()
    {
        Trusted(1);
        _bank.Apply(new AccountSet(_issuer.Account) { SetFlag = RequireAuth }, _issuer).ShouldBe("tecOWNERS");
    }

    [Fact]
    public void The_same_currency_of_another_issuer_is_another_currency()
    {
        var impostor = _bank.Open(1000);
        Trusted(100);
        Trust(_bob, impostor, "1000").ShouldBe("tesSUCCESS");
        _bank.Apply(new Payment(impostor.Account, _bob.Account, Amount("50", impostor)), impostor).ShouldBe("tesSUCCESS");
        Owned(_bob).ShouldBe("0");
        Pay(_bob, _alice, "1").ShouldBe("tecPATH_DRY", "what bob holds is not the issuer's");
    }

    private void Trusted(int aliceOwns)
    {
        Trust(_alice, _issuer, "1000").ShouldBe("tesSUCCESS");
        Trust(_bob, _issuer, "1000").ShouldBe("tesSUCCESS");
        Pay(_issuer, _alice, $"{aliceOwns}").ShouldBe("tesSUCCESS");
    }

    private Xrpl.Amount.Issued Amount(string value, KeyPair? issuer = null) =>
        new(IssuedValue.Parse(value), CurrencyCode.Parse("USD"), (issuer ?? _issuer).Account);

    private string Trust(KeyPair account, KeyPair peer, string limit, uint? flags = null) =>
        _bank.Apply(new TrustSet(account.Account, Amount(limit, peer)) { Flags = flags }, account);

    private string TransferRate(uint billionths) => _bank.Apply(_bank.Sign(
        _issuer.Account, $$"""{"TransactionType":"AccountSet","TransferRate":{{billionths}}}""", _issuer));

    private Payment Draft(KeyPair from, KeyPair to, string value, string? max = null) =>
        new(from.Account, to.Account, Amount(value)) { SendMax = max is null ? null : Amount(max) };

    private string Pay(KeyPair from, KeyPair to, string value, string? max = null) => _bank.Apply(Draft(from, to, value, max), from);

    // As the holder sees it in account_lines.
    private string Owned(KeyPair holder)
    {
        var lines = _bank.Ask("account_lines", new() { ["account"] = holder.Account.ToString(), ["ledger_index"] = "validated" })["result"]!["lines"]!;
        return lines.AsArray().Single(line => line!["account"]!.GetValue<string>() == _issuer.Account.ToString())!["balance"]!.GetValue<string>();
    }
}
