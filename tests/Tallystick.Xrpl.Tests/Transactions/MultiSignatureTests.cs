using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Transactions;

public sealed class MultiSignatureTests
{
    private static readonly AccountId Owner = AccountId.Parse("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf");
    private static readonly KeyPair[] Keys =
        [.. Enumerable.Range(0, 40).Select(i => Seed.FromPassphrase($"signer {i}", (SignatureAlgorithm)(i % 2)).DeriveKeyPair())];

    private static readonly Transaction Meant =
        new Payment(Owner, Keys[0].Account, Amount.Of(new Drops(5))) { Fee = new(400), Sequence = 9 }.ToTransaction();

    [Fact]
    public void Signers_stand_in_the_order_of_their_accounts_bytes_however_they_come()
    {
        var parts = Keys[..9].Select(key => MultiSignature.Sign(Meant, key)).ToList();
        var whole = MultiSignature.Combine(parts);

        whole.VerifySignatures().ShouldBeTrue();
        Signer.TryReadAll(whole, out var signers).ShouldBeTrue();
        signers.Select(signer => signer.Account.ToHex()).ShouldBe(
            Keys[..9].Select(key => key.Account.ToHex()).Order(StringComparer.Ordinal));
        parts.Reverse();
        MultiSignature.Combine(parts).Hash.ShouldBe(whole.Hash);
        MultiSignature.Combine([whole, .. parts]).Hash.ShouldBe(whole.Hash, "who signed twice alike counts once");
    }

    [Fact]
    public void A_regular_key_signs_for_the_account_that_is_named()
    {
        var signed = MultiSignature.Sign(Meant, Keys[1], Keys[2].Account);

        signed.VerifySignatures().ShouldBeTrue();
        Signer.TryReadAll(signed, out var signers).ShouldBeTrue();
        signers.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            one => one.Account.ShouldBe(Keys[2].Account), one => one.PublicKey.ShouldBe(Keys[1].PublicKey));
    }

    [Fact]
    public void Parts_that_differ_are_refused_by_number_and_reason()
    {
        var part = MultiSignature.Sign(Meant, Keys[1]);
        var otherFee = MultiSignature.Sign(new Transaction(Meant.Fields.With(Fields.Fee, "401")), Keys[2]);

        Refused([part, otherFee], "copies[1]: is another transaction");
        Refused([part, Meant], "copies[1]: is not signed by several");
        Refused([part, Meant.Sign(Keys[2])], "copies[1]: is not signed by several");
        Refused([], "copies: nothing to combine");
        Refused([part, MultiSignature.Sign(Meant, Keys[2], Keys[1].Account)], $"Signers: {Keys[1].Account} signed twice");
        Refused([part, new Transaction(part.Fields.With(Fields.TxnSignature, "00"))], "copies[1]: is not signed by several");
    }

    [Fact]
    public void Nobody_signs_as_one_of_several_for_itself_and_no_more_than_32_do()
    {
        Should.Throw<XrplFormatException>(() => MultiSignature.Sign(Meant, Keys[1], Owner)).Message.ShouldContain("cannot be one of several");
        var parts = Keys[..32].Select(key => MultiSignature.Sign(Meant, key)).ToList();
        MultiSignature.Combine(parts).VerifySignatures().ShouldBeTrue();
        parts.Add(MultiSignature.Sign(Meant, Keys[32]));
        Refused(parts, "Signers: 33 signers");
    }

    [Fact]
    public void For_a_delegate_others_may_sign_and_the_sender_too_but_not_the_delegate()
    {
        var delegated = new Transaction(Meant.Fields.With(Fields.Delegate, Keys[1].Account.ToString()));

        MultiSignature.Sign(delegated, Keys[2], Owner).VerifySignatures().ShouldBeTrue();
        Should.Throw<XrplFormatException>(() => MultiSignature.Sign(delegated, Keys[1]));
    }

    private static void Refused(IReadOnlyList<Transaction> copies, string problem) =>
        Should.Throw<XrplFormatException>(() => MultiSignature.Combine(copies)).Message.ShouldStartWith(problem);
}
