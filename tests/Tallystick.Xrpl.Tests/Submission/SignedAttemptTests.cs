using Tallystick.Crypto;
using Tallystick.Xrpl.Client;
using Tallystick.Xrpl.Submission;
using Tallystick.Xrpl.Tests.Simulator;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Submission;

/// <summary>A replacement competes with what it replaces for one sequence number or ticket, or it is refused: two
/// blobs that both can be applied would pay twice.</summary>
public sealed class SignedAttemptTests
{
    private static readonly KeyPair Payer = Seed.FromPassphrase("payer", SignatureAlgorithm.Secp256k1).DeriveKeyPair();
    private static readonly KeyPair Other = Seed.FromPassphrase("other", SignatureAlgorithm.Ed25519).DeriveKeyPair();

    private static readonly Payment First = new(Payer.Account, Other.Account, Xrpl.Amount.Of(new Drops(1_000_000)))
    {
        Sequence = 7, Fee = new Drops(12), LastLedgerSequence = 20, DestinationTag = 0,
    };

    private static readonly SubmissionPolicy Policy = new() { LedgerWindow = 6, FeeCap = new Drops(20_000) };

    public static TheoryData<string, Payment> Changed => new()
    {
        { "Sequence", First with { Sequence = 8 } },
        { "TicketSequence", First with { TicketSequence = 7 } },
        { "Account", new(Other.Account, Payer.Account, First.Amount) { Sequence = 7, DestinationTag = 0 } },
        { "Amount", new(Payer.Account, Other.Account, Xrpl.Amount.Of(new Drops(2_000_000))) { Sequence = 7, DestinationTag = 0 } },
        { "Destination", new(Payer.Account, Payer.Account, First.Amount) { Sequence = 7, DestinationTag = 0 } },
        { "DestinationTag", First with { DestinationTag = null } },
        { "Flags", First with { Flags = 0x0002_0000 } },
        { "InvoiceID", First with { InvoiceId = new Hash256(new byte[32]) } },
        { "NetworkID", First with { NetworkId = 2000 } },
    };

    [Theory]
    [MemberData(nameof(Changed))]
    public async Task A_replacement_that_changes_more_than_fee_and_last_ledger_is_never_stored_or_sent(string field, Payment changed)
    {
        var refused = await Replace((fee, last) => SignedAttempt.Of((changed with { Fee = fee, LastLedgerSequence = last }).Sign(Payer)));
        refused.ShouldContain(field);
    }

    [Fact]
    public async Task A_replacement_whose_hash_fee_or_signature_is_not_what_it_says_is_never_stored_or_sent()
    {
        (await Replace((fee, last) => Good(fee, last) with { Hash = new Hash256(new byte[32]) })).ShouldContain("another hash");
        (await Replace((fee, last) => Good(fee, last) with { LastLedgerSequence = last - 1 })).ShouldContain("last ledger");
        (await Replace((fee, last) => Good(new Drops(fee.Value + 1), last) with { Fee = fee })).ShouldContain("fee");
        (await Replace((fee, last) => Good(fee, last) with { Blob = "00" })).ShouldContain("no signed transaction");
        (await Replace((fee, last) => Unsigned(fee, last))).ShouldContain("signature does not hold");
    }

    [Fact]
    public async Task A_replacement_may_be_signed_by_another_key_of_the_same_account() =>
        (await Replace((fee, last) => SignedAttempt.Of((First with { Fee = fee, LastLedgerSequence = last }).Sign(Other)))).ShouldBe("stored");

    [Fact]
    public void A_submission_is_not_prepared_from_a_blob_that_is_not_what_the_attempt_says()
    {
        var good = Good(new Drops(12), 20);
        SubmissionRecord.Prepare("p", good with { Blob = good.Blob.ToLowerInvariant() }, 10).Newest.Hash.ShouldBe(good.Hash);
        Should.Throw<ArgumentException>(() => SubmissionRecord.Prepare("p", good with { Hash = new Hash256(new byte[32]) }, 10));
        Should.Throw<ArgumentException>(() => SubmissionRecord.Prepare("p", good with { Fee = new Drops(13) }, 10));
        Should.Throw<ArgumentException>(() => SubmissionRecord.Prepare("p", good with { LastLedgerSequence = 21 }, 10));
        Should.Throw<ArgumentException>(() => SubmissionRecord.Prepare("p", good with { Blob = "zz" }, 10));
        Should.Throw<ArgumentException>(() => SignedAttempt.Of((First with { LastLedgerSequence = null }).Sign(Payer)));
        Should.Throw<ArgumentException>(() => SignedAttempt.Of(First.ToTransaction()));
    }

    private static SignedAttempt Good(Drops fee, uint last) =>
        SignedAttempt.Of((First with { Fee = fee, LastLedgerSequence = last }).Sign(Payer));

    private static SignedAttempt Unsigned(Drops fee, uint last)
    {
        var unsigned = (First with { Fee = fee, LastLedgerSequence = last }).ToTransaction();
        return new(unsigned.Hash, Convert.ToHexString(unsigned.Blob.Span), fee, last);
    }

    /// <summary>A ledger where the first attempt was too cheap: what becomes of the signer's answer.</summary>
    private static async Task<string> Replace(Func<Drops, uint, SignedAttempt> sign)
    {
        var bank = new Bank();
        for (uint i = 0; i < 1001; i++)
            bank.Submit(new Payment(bank.Rich.Account, Payer.Account, Xrpl.Amount.Of(new Drops(1_000_000))) { Sequence = i + 1 }, bank.Rich);
        await using var client = new LedgerClient(
            [new ChaosTransport(bank.Node, new Random(1), 0)], new LedgerClientOptions { NodesAgreeing = 1 }, TimeProvider.System);
        var record = SubmissionRecord.Prepare("p", Good(new Drops(12), 8), 2) with { SentAtLedger = 2, Preliminary = new("telINSUF_FEE_P") };
        var stored = "";
        var driver = new SubmissionDriver(
            client,
            Policy,
            (changed, _) =>
            {
                stored = changed.Attempts.Length == 2 ? "stored" : "not replaced";
                return Task.CompletedTask;
            },
            (_, fee, last, _) => Task.FromResult<SignedAttempt?>(sign(fee, last)),
            TimeProvider.System);
        try
        {
            await driver.Advance(record, TestContext.Current.CancellationToken);
            return stored;
        }
        catch (InvalidOperationException refused)
        {
            stored.ShouldBe("");
            bank.Node.Chain.FindPending(record.Newest.Hash).ShouldBeNull();
            return refused.Message;
        }
    }
}
