using System.Text.Json.Nodes;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Transactions;

public sealed class BatchTests
{
    private static readonly KeyPair Alice = Key("alice");
    private static readonly KeyPair Bob = Key("bob");
    private static readonly KeyPair Carol = Key("carol");

    [Theory]
    [InlineData(BatchMode.AllOrNothing, 0x10000u)]
    [InlineData(BatchMode.OnlyOne, 0x20000u)]
    [InlineData(BatchMode.UntilFailure, 0x40000u)]
    [InlineData(BatchMode.Independent, 0x80000u)]
    public void Modes_are_the_ledgers_flags_and_what_stands_inside_is_marked_free_and_unsigned(BatchMode mode, uint flags)
    {
        var json = Swap(mode).ToTransaction().Fields.ToJson();

        json["Flags"]!.GetValue<uint>().ShouldBe(flags);
        foreach (var raw in json["RawTransactions"]!.AsArray())
        {
            var inner = raw!["RawTransaction"]!;
            (inner["Flags"]!.GetValue<uint>(), (string?)inner["Fee"], (string?)inner["SigningPubKey"]).ShouldBe((Batch.InnerFlag, "0", ""));
        }
    }

    [Fact]
    public void A_transaction_loses_its_signatures_where_it_goes_into_a_batch()
    {
        var signed = Pay(Bob, Alice, 3).Sign(Bob);
        var several = MultiSignature.Sign(signed, Carol);

        Batch.Inner(signed).Hash.ShouldBe(Batch.Inner(Pay(Bob, Alice, 3)).Hash);
        Batch.Inner(several).Hash.ShouldBe(Batch.Inner(signed).Hash);
    }

    [Fact]
    public void Everyone_inside_consents_and_the_sender_signs_last()
    {
        var batch = Swap(BatchMode.AllOrNothing).ToTransaction();
        BatchSignature.RequiredSigners(batch).ShouldBe([Bob.Account]);

        batch.Sign(Alice).VerifySignatures().ShouldBeFalse();
        var consented = BatchSignature.Sign(batch, Bob);
        consented.VerifySignatures().ShouldBeFalse();
        var signed = consented.Sign(Alice);
        signed.VerifySignatures().ShouldBeTrue();
        Transaction.Parse(signed.Blob).VerifySignatures().ShouldBeTrue();
        MultiSignature.Sign(consented, Carol).VerifySignatures().ShouldBeTrue();

        // What the consent covers: sender, number, mode, and every transaction inside; not the fee.
        Again(signed, fields => fields.With(Fields.Fee, "500")).VerifySignatures().ShouldBeTrue();
        Again(signed, fields => fields.With(Fields.Sequence, 78)).VerifySignatures().ShouldBeFalse();
        Again(signed, fields => fields.With(Fields.Flags, (uint)BatchMode.OnlyOne)).VerifySignatures().ShouldBeFalse();
        Again(signed, fields => fields.With(Fields.RawTransactions, Changed(fields, inner => inner["Amount"] = "4"))).VerifySignatures().ShouldBeFalse();
        Again(signed, fields => fields.Without(Fields.BatchSigners)).VerifySignatures().ShouldBeFalse();
    }

    [Fact]
    public void Who_must_consent_are_delegates_counterparties_and_sponsors_that_sign()
    {
        var batch = new Transaction(Swap(BatchMode.Independent).ToTransaction().Fields is var fields
            ? fields.With(Fields.RawTransactions, Changed(fields, inner =>
            {
                if ((string)inner["Account"]! == Bob.Account.ToString())
                {
                    inner["Delegate"] = Carol.Account.ToString();
                    inner["Counterparty"] = Key("dave").Account.ToString();
                    inner["Sponsor"] = Key("erin").Account.ToString();
                }
            }))
            : null!);
        BatchSignature.RequiredSigners(batch).ShouldBe([Carol.Account, Key("dave").Account], ignoreOrder: true);

        var sponsored = new Transaction(batch.Fields.With(Fields.RawTransactions, Changed(batch.Fields, inner =>
        {
            if (inner.ContainsKey("Sponsor"))
            {
                inner["SponsorSignature"] = new JsonObject();
            }
        })));
        BatchSignature.RequiredSigners(sponsored).ShouldBe([Carol.Account, Key("dave").Account, Key("erin").Account], ignoreOrder: true);
        Should.Throw<XrplFormatException>(() => BatchSignature.Sign(batch, Bob)).Message.ShouldContain("has no part in this batch");
    }

    [Fact]
    public void Several_may_consent_for_an_account_and_their_parts_are_joined()
    {
        var batch = Swap(BatchMode.AllOrNothing).ToTransaction();
        var guards = new[] { Carol, Key("dave"), Key("erin") };
        var parts = guards.Select(guard => BatchSignature.MultiSign(batch, Bob.Account, guard)).ToList();
        var whole = BatchSignature.Combine(parts);

        whole.Sign(Alice).VerifySignatures().ShouldBeTrue();
        whole.Fields.ToJson()["BatchSigners"]![0]!["BatchSigner"]!["Signers"]!.AsArray().Count.ShouldBe(3);
        BatchSignature.Combine([whole, .. parts]).Hash.ShouldBe(whole.Hash);
        Should.Throw<XrplFormatException>(() => BatchSignature.MultiSign(batch, Bob.Account, Bob)).Message.ShouldContain("cannot be one of several");
        Should.Throw<XrplFormatException>(() => BatchSignature.Combine([whole, BatchSignature.Sign(batch, Bob)])).Message.ShouldContain("signed twice");
    }

    [Fact]
    public void Consents_of_different_batches_are_not_joined()
    {
        var batch = Swap(BatchMode.AllOrNothing).ToTransaction();
        var consented = BatchSignature.Sign(batch, Bob);
        var other = BatchSignature.Sign(Swap(BatchMode.Independent).ToTransaction(), Bob);

        Refused([consented, other], "copies[1]: is another batch");
        Refused([consented, batch], "copies[1]: has no complete BatchSigners");
        Refused([consented.Sign(Alice)], "copies[0]: the sender has signed it already");
        Refused([], "copies: nothing to combine");
        Should.Throw<XrplFormatException>(() => BatchSignature.Sign(batch, Alice)).Message.ShouldContain("or is its sender");
        Should.Throw<XrplFormatException>(() => BatchSignature.Sign(Pay(Alice, Bob, 1).ToTransaction(), Bob)).Message.ShouldContain("is no batch");
    }

    [Fact]
    public void What_the_ledger_would_refuse_is_refused_with_its_place()
    {
        var (first, second) = (Batch.Inner(Pay(Alice, Bob, 8)), Batch.Inner(Pay(Bob, Alice, 3)));
        Refuses([first], "RawTransactions: 1 transactions, where 2 to 8");
        Refuses([.. Enumerable.Range(1, 9).Select(i => Batch.Inner(Pay(Alice, Bob, (uint)i)))], "RawTransactions: 9 transactions");
        Refuses([first, first], "RawTransactions: a transaction stands twice");
        Refuses([first, Batch.Inner(Pay(Alice, Carol, 8))], "RawTransactions: two transactions of one account");
        Refuses([first, Pay(Bob, Alice, 3).ToTransaction()], "RawTransactions[1]: lacks the flag");
        Refuses([first, second.Sign(Bob)], "RawTransactions[1]: has a signature of its own");
        Refuses([first, new Transaction(second.Fields.Without(Fields.SigningPubKey))], "RawTransactions[1]: its SigningPubKey");
        Refuses([first, new Transaction(second.Fields.With(Fields.Fee, "10"))], "RawTransactions[1]: its fee");
        Refuses([first, new Transaction(second.Fields.With(Fields.Sequence, 0))], "RawTransactions[1]: needs either");
        Refuses([first, new Transaction(second.Fields.With(Fields.TicketSequence, 4))], "RawTransactions[1]: needs either");
        Refuses([first, Batch.Inner(Swap(BatchMode.OnlyOne))], "RawTransactions[1]: a batch cannot stand in a batch");
        (Swap(BatchMode.OnlyOne) with { Transactions = [first, Batch.Inner(Pay(Alice, Carol, 8))] }).ToTransaction();
        Should.Throw<XrplFormatException>(() => Swap(0).ToTransaction()).Message.ShouldStartWith("Mode:");
    }

    [Fact]
    public void A_batch_of_garbage_is_signed_by_nobody_and_throws_nothing()
    {
        var batch = BatchSignature.Sign(Swap(BatchMode.AllOrNothing).ToTransaction(), Bob).Sign(Alice);
        foreach (var list in new[] { "", "EA7D0101E1", "E022E1", "E0221200002200000000E1" })
        {
            var broken = new Transaction(SerializedObject.Of([.. batch.Fields.Without(Fields.RawTransactions).FieldList,
                new SerializedField(Fields.RawTransactions, Convert.FromHexString(list))]));
            broken.Sign(Alice).VerifySignatures().ShouldBeFalse();
        }
    }

    private static Batch Swap(BatchMode mode) =>
        new(Alice.Account, mode, [Batch.Inner(Pay(Alice, Bob, 8)), Batch.Inner(Pay(Bob, Alice, 3))]) { Fee = new(60), Sequence = 7 };

    private static Payment Pay(KeyPair from, KeyPair to, uint sequence) =>
        new(from.Account, to.Account, Amount.Of(new Drops(5))) { Sequence = sequence, Fee = new(12) };

    private static Transaction Again(Transaction signed, Func<SerializedObject, SerializedObject> change) =>
        new Transaction(change(signed.Fields)).Sign(Alice);

    private static JsonArray Changed(SerializedObject fields, Action<JsonObject> change)
    {
        var list = fields.ToJson()["RawTransactions"]!.DeepClone().AsArray();
        foreach (var inner in list)
        {
            change(inner!["RawTransaction"]!.AsObject());
        }

        return list;
    }

    private static void Refuses(IReadOnlyList<Transaction> inner, string problem) => Should.Throw<XrplFormatException>(
        () => (Swap(BatchMode.AllOrNothing) with { Transactions = inner }).ToTransaction()).Message.ShouldStartWith(problem);

    private static void Refused(IReadOnlyList<Transaction> copies, string problem) =>
        Should.Throw<XrplFormatException>(() => BatchSignature.Combine(copies)).Message.ShouldStartWith(problem);

    private static KeyPair Key(string phrase) => Seed.FromPassphrase(phrase, SignatureAlgorithm.Ed25519).DeriveKeyPair();
}
