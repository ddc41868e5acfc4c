using System.Text.Json.Nodes;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>What a node refuses at its door or by the transaction alone, and the seconds on which times turn.</summary>
public sealed class StrictnessTests
{
    private readonly Bank _bank = new();
    private readonly KeyPair _owner;
    private readonly KeyPair _other;

    public StrictnessTests() => (_owner, _other) = (_bank.Open(1000), _bank.Open(1000));

    [Theory]
    [InlineData("""{"TransactionType":"AccountSet","DestinationTag":1}""", "Field 'DestinationTag' found in disallowed location.")]
    [InlineData("""{"TransactionType":"AccountSet","Amount":"1"}""", "Field 'Amount' found in disallowed location.")]
    [InlineData("""{"TransactionType":"Payment","Destination":"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf","Amount":"1","TickSize":5}""", "Field 'TickSize' found in disallowed location.")]
    [InlineData("""{"TransactionType":"Payment","Destination":"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf"}""", "Field 'Amount' is required but missing.")]
    [InlineData("""{"TransactionType":"Payment","Amount":"1"}""", "Field 'Destination' is required but missing.")]
    [InlineData("""{"TransactionType":"TicketCreate"}""", "Field 'TicketCount' is required but missing.")]
    [InlineData("""{"TransactionType":"PaymentChannelFund","Amount":"1"}""", "Field 'Channel' is required but missing.")]
    [InlineData("""{"TransactionType":"PaymentChannelClaim"}""", "Field 'Channel' is required but missing.")]
    [InlineData("""{"TransactionType":"PaymentChannelCreate","Destination":"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf","Amount":"1","SettleDelay":1}""", "Field 'PublicKey' is required but missing.")]
    [InlineData("""{"TransactionType":"Payment","Destination":"rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf","Amount":"1","Memos":[{"Signer":{}}]}""", "fails local checks: A memo array may contain only Memo objects.")]
    public void A_transaction_has_the_fields_of_its_kind_and_no_others(string json, string problem) =>
        Refusal(_bank.Sign(_owner.Account, json, _owner)).ShouldBe(problem);

    [Fact]
    public void A_signature_is_looked_at_before_memos()
    {
        var long_ = new Memo(null, new byte[2000], null);
        var signed = _bank.Sign(Pay(1) with { Memos = [long_] }, _owner);
        Refusal(signed).ShouldBe("fails local checks: The memo exceeds the maximum allowed size.");
        Refusal(new Transaction(signed.Fields.With(Fields.Fee, "13"))).ShouldBe("fails local checks: Invalid signature.");
    }

    [Fact]
    public void Several_signatures_are_refused_with_what_is_wrong_with_them()
    {
        var keys = new[] { _bank.Key(), _bank.Key(), _bank.Key() }.OrderBy(key => key.Account.ToHex(), StringComparer.Ordinal).ToArray();
        var plain = new Transaction(_bank.Sign(Pay(1) with { Fee = new Drops(40) }, _owner).Fields.Without(Fields.TxnSignature));
        var good = MultiSignature.Combine([.. keys.Select(key => MultiSignature.Sign(plain, key))]);
        _bank.Submit(good).ShouldBe("tefNOT_MULTI_SIGNING");

        var list = good.Fields.ToJson()["Signers"]!.AsArray();
        Refusal(With(list[1]!, list[0]!)).ShouldBe("fails local checks: Unsorted Signers array.");
        Refusal(With(list[1]!, list[1]!)).ShouldBe("fails local checks: Duplicate Signers not allowed.");
        Refusal(With()).ShouldBe("fails local checks: Invalid Signers array size.");
        Refusal(new Transaction(good.Fields.Without(Fields.Signers))).ShouldBe("fails local checks: Empty SigningPubKey.");
        Refusal(new Transaction(good.Fields.With(Fields.TxnSignature, "00"))).ShouldBe("fails local checks: Cannot both single- and multi-sign.");
        Refusal(new Transaction(_bank.Sign(Pay(1), _owner).Fields.With(Fields.Signers, list.DeepClone())))
            .ShouldBe("fails local checks: Cannot both single- and multi-sign.");
        var own = list[0]!.DeepClone();
        own["Signer"]!["Account"] = _owner.Account.ToString();
        Refusal(With(own)).ShouldBe("fails local checks: Invalid multisigner.");
        var forged = list[0]!.DeepClone();
        forged["Signer"]!["TxnSignature"] = (string)list[1]!["Signer"]!["TxnSignature"]!;
        Refusal(With(forged)).ShouldBe($"fails local checks: Invalid signature on account {keys[0].Account}.");

        Transaction With(params JsonNode[] signers) =>
            new(good.Fields.With(Fields.Signers, new JsonArray([.. signers.Select(signer => signer.DeepClone())])));
    }

    [Fact]
    public void More_than_all_there_is_and_nobody_are_told_apart()
    {
        var nobody = new AccountId(new byte[20]);
        _bank.Submit(new Payment(_owner.Account, nobody, Xrpl.Amount.Of(new Drops(1))), _owner).ShouldBe("temDST_NEEDED");
        _bank.Submit(new Payment(nobody, _other.Account, Xrpl.Amount.Of(new Drops(1))) { Sequence = 1, Fee = new(12) }, _owner)
            .ShouldBe("temBAD_SRC_ACCOUNT");
        // 2 * 10^17 drops, which our codec does not write.
        Patched("61", 1).ShouldBe("temBAD_AMOUNT");
        Patched("68", 12).ShouldBe("temBAD_FEE");
    }

    [Theory]
    [InlineData(0, "tesSUCCESS")]
    [InlineData(1, "tesSUCCESS")]
    [InlineData(-1, "tecEXPIRED")]
    public void A_channel_may_be_opened_in_the_second_of_its_end_and_not_after(int seconds, string expected)
    {
        _bank.Close();
        var parent = _bank.Node.Chain.Newest.CloseTime;
        _bank.Apply(Channel(_owner) with { CancelAfter = new RippleTime((uint)(parent + seconds)) }, _owner).ShouldBe(expected);
    }

    [Fact]
    public void The_next_touch_in_the_second_of_its_end_ends_a_channel()
    {
        _bank.Close();
        var parent = _bank.Node.Chain.Newest.CloseTime;
        var sequence = _bank.Sequence(_owner.Account);
        // Both in the same ledger: the second sees the same parent.
        _bank.Submit(Channel(_owner) with { CancelAfter = new RippleTime(parent) }, _owner).ShouldBe("tesSUCCESS");
        var channel = ChannelId.Of(_owner.Account, _other.Account, sequence);
        _bank.Submit(new PaymentChannelFund(_owner.Account, channel, new Drops(1)), _owner).ShouldBe("tesSUCCESS");
        _bank.Close();
        _bank.Node.Chain.Newest.State.Find(channel).ShouldBeNull();
    }

    [Theory]
    [InlineData(-1, "tefMAX_LEDGER")]
    [InlineData(0, "tesSUCCESS")]
    public void The_last_ledger_may_hold_a_transaction(int offset, string expected)
    {
        var open = _bank.Node.Chain.OpenIndex;
        _bank.Submit(Pay(1) with { LastLedgerSequence = (uint)(open + offset) }, _owner).ShouldBe(expected);
    }

    private PaymentChannelCreate Channel(KeyPair payer) => new(payer.Account, _other.Account, new Drops(5_000_000), 60, payer.PublicKey);

    private Payment Pay(ulong drops) => new(_owner.Account, _other.Account, Xrpl.Amount.Of(new Drops(drops)));

    private string Refusal(Transaction transaction) =>
        (string)_bank.Ask("submit", new() { ["tx_blob"] = Convert.ToHexString(transaction.Blob.Span) })["error_exception"]!;

    // The amount behind a header put up to 2 * 10^17 drops, and the whole signed anew.
    private string? Patched(string header, int drops)
    {
        var plain = Convert.ToHexString(_bank.Sign(Pay(1), _owner).Fields.Without(Fields.TxnSignature).ToBytes())
            .Replace($"{header}40000000000000{drops:X2}", header + "42C68AF0BB140000", StringComparison.Ordinal);
        var signature = _owner.Sign([.. "STX\0"u8, .. Convert.FromHexString(plain)]);
        var key = "7321" + _owner.PublicKey;
        var blob = plain.Replace(key, $"{key}7440{Convert.ToHexString(signature)}", StringComparison.Ordinal);
        return (string?)_bank.Ask("submit", new() { ["tx_blob"] = blob })["result"]?["engine_result"];
    }
}
