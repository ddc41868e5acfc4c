using Tallystick.Crypto;
using Tallystick.Xrpl.Client;
using Tallystick.Xrpl.Submission;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Tests.Submission;

public sealed class SubmissionMachineTests
{
    private static readonly SubmissionPolicy Policy = new();

    private static readonly SubmissionRecord Fresh = SubmissionRecord.Prepare("p1", Attempt(12, 120), 100);

    [Fact]
    public void A_fresh_submission_is_sent_and_then_waits_for_a_ledger()
    {
        SubmissionMachine.Next(Fresh, 100, new(10), Policy).ShouldBeOfType<SubmissionStep.Send>();
        var sent = SubmissionMachine.Apply(Fresh, new SubmissionEvent.Sent(100, EngineResult.Success));
        SubmissionMachine.Next(sent, 100, new(10), Policy).ShouldBe(new SubmissionStep.Wait(100));
        SubmissionMachine.Next(sent, 101, new(10), Policy).ShouldBe(new SubmissionStep.LookUp(101, 101));
    }

    [Theory]
    [InlineData("tesSUCCESS")]
    [InlineData("tecUNFUNDED_PAYMENT")]
    [InlineData("tecDST_TAG_NEEDED")]
    [InlineData("tecNO_DST_INSUF_XRP")]
    [InlineData("tefPAST_SEQ")]
    [InlineData("tefALREADY")]
    [InlineData("tefMAX_LEDGER")]
    [InlineData("temBAD_SIGNATURE")]
    [InlineData("terQUEUED")]
    [InlineData("terPRE_SEQ")]
    [InlineData("telCAN_NOT_QUEUE_FULL")]
    [InlineData("invalidTransaction")]
    public void No_preliminary_result_is_an_outcome(string result)
    {
        var sent = SubmissionMachine.Apply(Fresh, new SubmissionEvent.Sent(100, new EngineResult(result)));
        sent.Outcome.ShouldBeNull();
        sent = SubmissionMachine.Apply(sent, new SubmissionEvent.NotFound(119, 101, 119, Complete: true));
        sent.Outcome.ShouldBeNull("the last ledger is not validated yet");
        SubmissionMachine.Next(sent, 120, new(10), Policy).ShouldBe(new SubmissionStep.LookUp(101, 120));
        SubmissionMachine.Apply(sent, new SubmissionEvent.NotFound(120, 101, 120, Complete: false)).Outcome.ShouldBeNull();
        SubmissionMachine.Apply(sent, new SubmissionEvent.NotFound(120, 110, 120, Complete: true)).Outcome.ShouldBeNull();
        SubmissionMachine.Apply(sent, new SubmissionEvent.NotFound(120, 101, 120, Complete: true)).Outcome
            .ShouldBeOfType<SubmissionOutcome.NeverApplied>();
    }

    [Fact]
    public void A_validated_tec_is_an_outcome_that_did_not_pay()
    {
        var ended = SubmissionMachine.Apply(Fresh, new SubmissionEvent.Found(Fresh.Newest.Hash, new("tecUNFUNDED_PAYMENT"), 105));
        ended.Outcome.ShouldBeOfType<SubmissionOutcome.Validated>().Applied.ShouldBeFalse();
        SubmissionMachine.Next(ended, 200, new(10), Policy).ShouldBeOfType<SubmissionStep.Done>();
    }

    [Fact]
    public void A_result_that_no_ledger_holds_is_no_outcome_even_when_a_node_calls_it_validated() =>
        SubmissionMachine.Apply(Fresh, new SubmissionEvent.Found(Fresh.Newest.Hash, new("tefPAST_SEQ"), 105)).Outcome.ShouldBeNull();

    [Fact]
    public void A_fee_too_low_is_raised_on_the_same_sequence_up_to_the_cap()
    {
        var queued = SubmissionMachine.Apply(Fresh, new SubmissionEvent.Sent(100, new("telCAN_NOT_QUEUE_FULL")));
        SubmissionMachine.Next(queued, 100, new(4000), Policy).ShouldBe(new SubmissionStep.Replace(new(4000), 120));
        SubmissionMachine.Next(queued, 100, new(5001), Policy).ShouldBe(new SubmissionStep.Wait(100));
        // A queue takes a replacement at a quarter more than what it replaces.
        SubmissionMachine.Next(queued, 100, new(13), Policy).ShouldBe(new SubmissionStep.Replace(new(16), 120));
        var replaced = SubmissionMachine.Apply(queued, new SubmissionEvent.Replaced(Attempt(16, 122)));
        replaced.LastLedger.ShouldBe(122u);
        SubmissionMachine.Next(replaced, 100, new(13), Policy).ShouldBe(new SubmissionStep.Send(replaced.Newest));
        SubmissionMachine.Apply(replaced, new SubmissionEvent.NotFound(121, 101, 121, true)).Outcome.ShouldBeNull();
    }

    [Fact]
    public void Past_the_last_ledger_nothing_is_sent_or_signed()
    {
        var sent = SubmissionMachine.Apply(Fresh, new SubmissionEvent.Sent(119, new("terQUEUED")));
        var late = SubmissionMachine.Apply(sent, new SubmissionEvent.NotFound(120, 101, 120, Complete: false));
        SubmissionMachine.Next(late, 120, new(4000), Policy).ShouldBe(new SubmissionStep.Wait(120));
        SubmissionMachine.Next(late, 121, new(4000), Policy).ShouldBe(new SubmissionStep.LookUp(101, 120));
    }

    [Fact]
    public void A_submission_without_a_future_is_not_prepared()
    {
        Should.Throw<ArgumentException>(() => SubmissionRecord.Prepare("p", Attempt(12, 100), 100));
        Should.Throw<ArgumentException>(() => SubmissionRecord.Prepare("p", Attempt(12, 2000), 100));
    }

    [Fact]
    public void A_ticket_is_held_by_one_submission_and_freed_only_by_proven_absence()
    {
        var book = new TicketBook().Add([7, 8]);
        (book, var first) = book.Take("a");
        (book, var again) = book.Take("a");
        (book, var second) = book.Take("b");
        (book, var none) = book.Take("c");
        (first, again, second, none).ShouldBe(((uint?)7, (uint?)7, (uint?)8, (uint?)null));
        book = book.Finish("a", new SubmissionOutcome.Validated(default, new("tecNO_DST"), 5));
        book.Free.ShouldBeEmpty();
        book = book.Finish("b", new SubmissionOutcome.NeverApplied(1, 2, null));
        book.Free.ShouldBe([8u]);
        book.Missing(300).ShouldBe(249);
    }

    private static SignedAttempt Attempt(ulong fee, uint last)
    {
        using var seed = Seed.FromPassphrase("machine", SignatureAlgorithm.Ed25519);
        using var key = seed.DeriveKeyPair();
        return SignedAttempt.Of(new Payment(key.Account, AccountId.Parse("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"), Xrpl.Amount.Of(new Drops(1)))
        {
            Sequence = 7, Fee = new Drops(fee), LastLedgerSequence = last,
        }.Sign(key));
    }
}
