using Tallystick.Crypto;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;
using TicketCreate = Tallystick.Xrpl.Transactions.TicketCreate;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Rules of the ledger that the recording does not reach.</summary>
public sealed class LedgerTests
{
    private static Payment Pay(KeyPair from, AccountId to, ulong drops) => new(from.Account, to, Xrpl.Amount.Of(new Drops(drops)));

    [Fact]
    public void Tickets_are_used_in_any_order_and_once()
    {
        var bank = new Bank();
        var a = bank.Open(100);
        var before = bank.Sequence(a.Account);
        bank.Apply(new TicketCreate(a.Account, 3), a).ShouldBe("tesSUCCESS");
        bank.Sequence(a.Account).ShouldBe(before + 4);
        foreach (var ticket in new[] { before + 3, before + 1, before + 2 })
            bank.Apply(Pay(a, bank.Rich.Account, 1) with { TicketSequence = ticket }, a).ShouldBe("tesSUCCESS");
        bank.Submit(Pay(a, bank.Rich.Account, 2) with { TicketSequence = before + 1 }, a).ShouldBe("tefNO_TICKET");
        bank.Submit(Pay(a, bank.Rich.Account, 2) with { TicketSequence = before + 90 }, a).ShouldBe("terPRE_TICKET");
        bank.Node.Chain.Newest.State.Account(a.Account)!.OwnerCount.ShouldBe(0u);
    }

    [Fact]
    public void After_1001_cheap_transactions_the_next_waits_and_the_eleventh_waiting_one_is_refused()
    {
        var bank = new Bank();
        var a = bank.Open(1000);
        var first = bank.Sequence(a.Account);
        for (uint i = 0; i < 1001; i++)
            bank.Submit(Pay(a, bank.Rich.Account, 1) with { Sequence = first + i }, a).ShouldBe("tesSUCCESS");
        bank.Ask("fee")["result"]!["drops"]!["open_ledger_fee"]!.GetValue<string>().ShouldBe("5010");
        for (uint i = 1001; i < 1011; i++)
            bank.Submit(Pay(a, bank.Rich.Account, 1) with { Sequence = first + i }, a).ShouldBe("terQUEUED");
        bank.Submit(Pay(a, bank.Rich.Account, 1) with { Sequence = first + 1011 }, a).ShouldBe("telCAN_NOT_QUEUE_FULL");
        bank.Submit(Pay(a, bank.Rich.Account, 2) with { Sequence = first + 1001, Fee = new Drops(13) }, a).ShouldBe("telCAN_NOT_QUEUE_FEE");
        bank.Submit(Pay(a, bank.Rich.Account, 3) with { Sequence = first + 1001, Fee = new Drops(5010) }, a).ShouldBe("tesSUCCESS");

        bank.Close();
        bank.Node.Chain.Newest.Transactions.Count.ShouldBe(1002);
        bank.Close();
        bank.Node.Chain.Newest.Transactions.Count.ShouldBeGreaterThanOrEqualTo(9);
        bank.Sequence(a.Account).ShouldBeGreaterThanOrEqualTo(first + 1011);
    }

    [Fact]
    public void No_drop_is_created_or_lost()
    {
        var bank = new Bank();
        var keys = Enumerable.Range(0, 6).Select(i => bank.Open(500, (SignatureAlgorithm)(i % 2))).ToList();
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var (from, to) = (keys[random.Next(6)], keys[random.Next(6)]);
            bank.Submit(Pay(from, to.Account, (ulong)random.NextInt64(1, 300_000_000)), from);
            if (i % 20 == 19) bank.Close();
        }
        bank.Close();
        var newest = bank.Node.Chain.Newest;
        newest.State.Entries.Values.OfType<AccountRoot>().Sum(a => a.Balance).ShouldBe(newest.TotalCoins);
        newest.TotalCoins.ShouldBeLessThan(100_000_000_000_000_000);
    }

    [Fact]
    public void A_claim_with_a_close_request_tells_in_the_deleted_entry_what_was_paid()
    {
        var bank = new Bank();
        var (payer, payee) = (bank.Open(1000), bank.Open(1000));
        var channel = OpenChannel(bank, payer, payee, 50, 3600);
        var claim = new ChannelClaim(channel, new Drops(7_000_000));
        var signed = bank.Sign(new PaymentChannelClaim(payee.Account, channel)
        {
            Balance = claim.Amount, Amount = claim.Amount, Signature = claim.Sign(payer), ChannelKey = payer.PublicKey,
            Flags = PaymentChannelClaim.CloseFlag,
        }, payee);
        var before = bank.Balance(payee.Account);
        bank.Submit(signed).ShouldBe("tesSUCCESS");
        bank.Close();
        bank.Balance(payee.Account).ShouldBe(before + 7_000_000 - 12);
        var deleted = bank.Find(signed.Hash)!.Meta.ToJson()["AffectedNodes"]!.AsArray()
            .Select(n => n!["DeletedNode"]).Single(n => n?["LedgerEntryType"]!.ToString() == "PayChannel")!;
        deleted["PreviousFields"]!["Balance"]!.GetValue<string>().ShouldBe("0");
        deleted["FinalFields"]!["Balance"]!.GetValue<string>().ShouldBe("7000000");
    }

    [Fact]
    public void A_claim_on_an_expired_channel_succeeds_closes_it_and_pays_nothing()
    {
        var bank = new Bank();
        var (payer, payee) = (bank.Open(1000), bank.Open(1000));
        var channel = OpenChannel(bank, payer, payee, 50, 60);
        bank.Apply(new PaymentChannelClaim(payer.Account, channel) { Flags = PaymentChannelClaim.CloseFlag }, payer).ShouldBe("tesSUCCESS");
        bank.Time.Advance(TimeSpan.FromSeconds(120));
        bank.Close();
        var claim = new ChannelClaim(channel, new Drops(7_000_000));
        var before = bank.Balance(payee.Account);
        bank.Apply(new PaymentChannelClaim(payee.Account, channel)
        {
            Balance = claim.Amount, Amount = claim.Amount, Signature = claim.Sign(payer), ChannelKey = payer.PublicKey,
        }, payee).ShouldBe("tesSUCCESS");
        bank.Balance(payee.Account).ShouldBe(before - 12);
        bank.Node.Chain.Newest.State.Find(channel).ShouldBeNull();
    }

    [Fact]
    public void Neither_a_foreign_key_nor_a_changed_blob_is_taken_for_the_sender()
    {
        var bank = new Bank();
        var (a, other) = (bank.Open(100), bank.Key());
        bank.Submit(Pay(a, bank.Rich.Account, 1), other).ShouldBe("tefBAD_AUTH");
        bank.Ask("submit", new() { ["tx_blob"] = "00" })["error"]!.GetValue<string>().ShouldBe("invalidTransaction");
        var signed = bank.Sign(Pay(a, bank.Rich.Account, 1), a);
        var forged = Convert.ToHexString(signed.Blob.Span).Replace("68400000000000000C", "68400000000000000D", StringComparison.Ordinal);
        bank.Ask("submit", new() { ["tx_blob"] = forged })["error_exception"]!.GetValue<string>().ShouldBe("fails local checks: Invalid signature.");
    }

    [Fact]
    public void Networks_are_kept_apart()
    {
        var bank = new Bank(21337);
        var draft = Pay(bank.Rich, bank.Key().Account, 5_000_000) with { Sequence = 1, Fee = new Drops(12) };
        bank.Submit((draft with { NetworkId = 0 }).Sign(bank.Rich)).ShouldBe("telREQUIRES_NETWORK_ID");
        bank.Submit((draft with { NetworkId = 21338 }).Sign(bank.Rich)).ShouldBe("telWRONG_NETWORK");
        bank.Submit((draft with { NetworkId = 21337 }).Sign(bank.Rich)).ShouldBe("tesSUCCESS");
        new Bank().Submit((draft with { NetworkId = 21337 }).Sign(bank.Rich)).ShouldBe("telNETWORK_ID_MAKES_TX_NON_CANONICAL");
    }

    private static Hash256 OpenChannel(Bank bank, KeyPair payer, KeyPair payee, ulong xrp, uint settleDelay)
    {
        var sequence = bank.Sequence(payer.Account);
        bank.Apply(new PaymentChannelCreate(payer.Account, payee.Account, new Drops(xrp * Drops.PerXrp), settleDelay, payer.PublicKey), payer)
            .ShouldBe("tesSUCCESS");
        return ChannelId.Of(payer.Account, payee.Account, sequence);
    }
}
