using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Who may sign for an account: its master key until that is disabled, its regular key, nobody else.</summary>
public sealed class KeyTests
{
    private const uint DisableMaster = 4;

    private readonly Bank _bank = new();

    [Fact]
    public void A_regular_key_signs_while_the_master_is_disabled()
    {
        var (owner, regular) = (_bank.Open(100), _bank.Key(SignatureAlgorithm.Secp256k1));
        SetRegularKey(owner, owner, regular).ShouldBe("tesSUCCESS");
        _bank.Apply(Pay(owner), owner).ShouldBe("tesSUCCESS", "the master key still signs");
        _bank.Apply(Pay(owner), regular).ShouldBe("tesSUCCESS");

        _bank.Apply(new AccountSet(owner.Account) { SetFlag = DisableMaster }, owner).ShouldBe("tesSUCCESS");
        _bank.Apply(Pay(owner), owner).ShouldBe("tefMASTER_DISABLED");
        _bank.Apply(Pay(owner), regular).ShouldBe("tesSUCCESS");
        _bank.Apply(Pay(owner), _bank.Key()).ShouldBe("tefBAD_AUTH");

        // What a proof binds to is the key that signed, and that is not the account's own.
        var signed = _bank.Sign(Pay(owner), regular);
        (signed.Account, signed.SigningKey).ShouldBe((owner.Account, regular.PublicKey));
        AccountId.FromPublicKey(signed.SigningKey!.Value).ShouldNotBe(owner.Account);

        _bank.Apply(new AccountSet(owner.Account) { ClearFlag = DisableMaster }, regular).ShouldBe("tesSUCCESS");
        _bank.Apply(Pay(owner), owner).ShouldBe("tesSUCCESS", "the regular key brought the master back");
    }

    [Fact]
    public void An_account_never_loses_its_last_key()
    {
        var (owner, regular) = (_bank.Open(100), _bank.Key());
        var disable = new AccountSet(owner.Account) { SetFlag = DisableMaster };
        _bank.Apply(disable, owner).ShouldBe("tecNO_ALTERNATIVE_KEY");
        SetRegularKey(owner, owner, owner).ShouldBe("temBAD_REGKEY");
        SetRegularKey(owner, owner, regular).ShouldBe("tesSUCCESS");
        _bank.Apply(disable, regular).ShouldBe("tecNEED_MASTER_KEY");
        _bank.Apply(disable, owner).ShouldBe("tesSUCCESS");
        SetRegularKey(owner, regular, null).ShouldBe("tecNO_ALTERNATIVE_KEY");
    }

    [Fact]
    public void A_regular_key_is_replaced_and_taken_away()
    {
        var (owner, first, second) = (_bank.Open(100), _bank.Key(), _bank.Key());
        SetRegularKey(owner, owner, first).ShouldBe("tesSUCCESS");
        SetRegularKey(owner, first, second).ShouldBe("tesSUCCESS");
        _bank.Apply(Pay(owner), first).ShouldBe("tefBAD_AUTH");
        _bank.Apply(Pay(owner), second).ShouldBe("tesSUCCESS");
        SetRegularKey(owner, owner, null).ShouldBe("tesSUCCESS");
        _bank.Apply(Pay(owner), second).ShouldBe("tefBAD_AUTH");
    }

    [Fact]
    public void Claims_of_a_channel_hold_although_the_master_key_that_signs_them_is_disabled()
    {
        var (payer, payee, regular) = (_bank.Open(1000), _bank.Open(1000), _bank.Key());
        var channel = ChannelId.Of(payer.Account, payee.Account, _bank.Sequence(payer.Account));
        _bank.Apply(new PaymentChannelCreate(payer.Account, payee.Account, new Drops(50_000_000), 3600, payer.PublicKey), payer).ShouldBe("tesSUCCESS");
        SetRegularKey(payer, payer, regular).ShouldBe("tesSUCCESS");
        _bank.Apply(new AccountSet(payer.Account) { SetFlag = DisableMaster }, payer).ShouldBe("tesSUCCESS");
        var claim = new ChannelClaim(channel, new Drops(7_000_000));
        var before = _bank.Balance(payee.Account);
        _bank.Apply(new PaymentChannelClaim(payee.Account, channel)
        {
            Balance = claim.Amount, Amount = claim.Amount, Signature = claim.Sign(payer), ChannelKey = payer.PublicKey,
        }, payee).ShouldBe("tesSUCCESS");
        _bank.Balance(payee.Account).ShouldBe(before + 7_000_000 - 12);
    }

    [Fact]
    public void Several_signers_need_a_list_and_lists_are_refused_by_name()
    {
        var owner = _bank.Open(100);
        var signers = new[] { _bank.Open(100), _bank.Open(100, SignatureAlgorithm.Secp256k1) };
        _bank.Submit(MultiSigned(owner, signers)).ShouldBe("tefNOT_MULTI_SIGNING");
        _bank.Ask("submit", new() { ["tx_blob"] = Hex(Forged(MultiSigned(owner, signers))) })["error_exception"]!.GetValue<string>()
            .ShouldStartWith("fails local checks: Invalid signature on account r");

        var list = _bank.Sign(owner.Account, $$"""
            {"TransactionType":"SignerListSet","SignerQuorum":1,"SignerEntries":[{"SignerEntry":{"Account":"{{signers[0].Account}}","SignerWeight":1} }]}
            """, owner);
        var refused = _bank.Ask("submit", new() { ["tx_blob"] = Hex(list) });
        refused["error"]!.GetValue<string>().ShouldBe("notSupported");
        refused["error_message"]!.GetValue<string>().ShouldBe("The ledger simulator does not support SignerListSet transactions.");
    }

    private static string Hex(Transaction signed) => Convert.ToHexString(signed.Blob.Span);

    private Payment Pay(KeyPair from) => new(from.Account, _bank.Rich.Account, Xrpl.Amount.Of(new Drops(1)));

    private string SetRegularKey(KeyPair owner, KeyPair signer, KeyPair? key) => _bank.Apply(_bank.Sign(
        owner.Account,
        key is null ? """{"TransactionType":"SetRegularKey"}""" : $$"""{"TransactionType":"SetRegularKey","RegularKey":"{{key.Account}}"}""",
        signer));

    private Transaction MultiSigned(KeyPair owner, KeyPair[] signers)
    {
        var plain = _bank.Sign(Pay(owner) with { Fee = new Drops(36) }, owner).Fields.Without(Fields.TxnSignature).With(Fields.SigningPubKey, "");
        var text = new Transaction(plain);
        var list = signers.OrderBy(signer => signer.Account.ToHex(), StringComparer.Ordinal).Select(signer => (JsonNode)new JsonObject
        {
            ["Signer"] = new JsonObject
            {
                ["Account"] = signer.Account.ToString(), ["SigningPubKey"] = signer.PublicKey.ToString(),
                ["TxnSignature"] = Convert.ToHexString(signer.Sign(text.MultiSigningData(signer.Account))),
            },
        });
        return new Transaction(plain.With(Fields.Signers, new JsonArray([.. list])));
    }

    private static Transaction Forged(Transaction signed) => new(signed.Fields.With(Fields.Fee, "37"));
}
