using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Transactions;

public sealed class DraftTests
{
    private static readonly AccountId Alice = AccountId.Parse("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
    private static readonly AccountId Bob = AccountId.Parse("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf");
    private static readonly PublicKey Key = PublicKey.Parse("EDAAC3F98BB94F451804EF5993C847DAAA4E6154F455635659D88AA5C80F156303");
    private static readonly Hash256 Channel = Hash256.Of([1]);
    private static readonly Amount.Issued Dollars =
        new(IssuedValue.Parse("1.5"), CurrencyCode.Parse("USD"), Bob);

    public static TheoryData<TransactionDraft, string> Drafts => new()
    {
        {
            new Payment(Alice, Bob, Amount.Of(new Drops(5)))
            {
                Fee = new(12), Sequence = 9, LastLedgerSequence = 99, DestinationTag = 0, InvoiceId = Channel, SourceTag = 7,
                Flags = Payment.PartialPaymentFlag, SendMax = Dollars, DeliverMin = Dollars, NetworkId = 1025,
                Memos = [new Memo(null, new byte[] { 1 }, new byte[] { 2 }), new Memo(new byte[] { 3 }, null, null)],
            },
            """{"TransactionType":"Payment","Destination":"$B","Amount":"5","Sequence":9,"LastLedgerSequence":99,"DestinationTag":0,"InvoiceID":"$C","SourceTag":7,"Flags":131072,"SendMax":$D,"DeliverMin":$D,"NetworkID":1025,"Memos":[{"Memo":{"MemoData":"01","MemoFormat":"02"}},{"Memo":{"MemoType":"03"}}]}"""
        },
        {
            new PaymentChannelCreate(Alice, Bob, new Drops(100), 3600, Key)
            {
                Fee = new(12), TicketSequence = 4, CancelAfter = new RippleTime(77), DestinationTag = 1, NetworkId = 1024,
            },
            """{"TransactionType":"PaymentChannelCreate","Destination":"$B","Amount":"100","Sequence":0,"TicketSequence":4,"SettleDelay":3600,"PublicKey":"$K","CancelAfter":77,"DestinationTag":1}"""
        },
        {
            new PaymentChannelFund(Alice, Channel, new Drops(5)) { Fee = new(12), Sequence = 1, Expiration = new RippleTime(8) },
            """{"TransactionType":"PaymentChannelFund","Channel":"$C","Amount":"5","Sequence":1,"Expiration":8}"""
        },
        {
            new PaymentChannelClaim(Alice, Channel)
            {
                Fee = new(12), Sequence = 1, Balance = new(4), Amount = new(5), Signature = new byte[] { 9 }, ChannelKey = Key,
                Flags = PaymentChannelClaim.CloseFlag,
            },
            """{"TransactionType":"PaymentChannelClaim","Channel":"$C","Balance":"4","Amount":"5","Sequence":1,"Signature":"09","PublicKey":"$K","Flags":131072}"""
        },
        {
            new AccountSet(Alice) { Fee = new(12), Sequence = 1, SetFlag = 8, ClearFlag = 5, Domain = new byte[] { 0x61 } },
            """{"TransactionType":"AccountSet","Sequence":1,"SetFlag":8,"ClearFlag":5,"Domain":"61"}"""
        },
        {
            new TicketCreate(Alice, 250) { Fee = new(12), Sequence = 1 },
            """{"TransactionType":"TicketCreate","Sequence":1,"TicketCount":250}"""
        },
        {
            new TrustSet(Alice, Dollars) { Fee = new(12), Sequence = 1, QualityIn = 2, QualityOut = 3 },
            """{"TransactionType":"TrustSet","Sequence":1,"LimitAmount":$D,"QualityIn":2,"QualityOut":3}"""
        },
    };

    [Theory]
    [MemberData(nameof(Drafts))]
    public void A_draft_is_the_transaction_that_its_json_describes(TransactionDraft draft, string expected)
    {
        var json = JsonNode.Parse(expected
            .Replace("$B", $"{Bob}", StringComparison.Ordinal)
            .Replace("$C", $"{Channel}", StringComparison.Ordinal)
            .Replace("$D", Dollars.ToJson().ToJsonString(), StringComparison.Ordinal)
            .Replace("$K", $"{Key}", StringComparison.Ordinal))!.AsObject();
        json["Account"] = $"{Alice}";
        json["Fee"] = "12";

        var transaction = draft.ToTransaction();
        Convert.ToHexString(transaction.Blob.Span).ShouldBe(Convert.ToHexString(SerializedObject.FromJson(json).ToBytes()));
        JsonNode.DeepEquals(transaction.Fields.ToJson(), json).ShouldBeTrue();
    }

    [Theory]
    [InlineData(SignatureAlgorithm.Ed25519)]
    [InlineData(SignatureAlgorithm.Secp256k1)]
    public void A_signature_covers_every_signed_field(SignatureAlgorithm algorithm)
    {
        using var seed = Seed.FromPassphrase("drafts", algorithm);
        using var key = seed.DeriveKeyPair();
        var signed = new Payment(key.Account, Bob, Amount.Of(new Drops(5))) { Fee = new(12), Sequence = 9, DestinationTag = 3 }
            .Sign(key);

        signed.VerifySignatures().ShouldBeTrue();
        signed.SigningKey.ShouldBe(key.PublicKey);
        Transaction.Parse(signed.Blob).VerifySignatures().ShouldBeTrue();
        signed.Sign(key).Hash.ShouldBe(signed.Hash);
        foreach (var field in new[] { Fields.Sequence, Fields.DestinationTag })
        {
            new Transaction(signed.Fields.With(field, 4)).VerifySignatures().ShouldBeFalse();
            new Transaction(signed.Fields.Without(field)).VerifySignatures().ShouldBeFalse();
        }

        new Transaction(signed.Fields.With(Fields.Amount, "6")).VerifySignatures().ShouldBeFalse();
        new Transaction(signed.Fields.Without(Fields.TxnSignature)).VerifySignatures().ShouldBeFalse();
        new Transaction(signed.Fields.Without(Fields.SigningPubKey)).VerifySignatures().ShouldBeFalse();
        new Transaction(signed.Fields.With(Fields.SigningPubKey, "")).VerifySignatures().ShouldBeFalse();
    }

    [Fact]
    public void A_transaction_needs_a_type_and_an_account()
    {
        Should.Throw<XrplFormatException>(() => new Transaction(SerializedObject.FromJson("""{"TransactionType": "Payment"}""")));
        Should.Throw<XrplFormatException>(() => new Transaction(SerializedObject.FromJson($$"""{"Account": "{{Bob}}"}""")));
    }
}
