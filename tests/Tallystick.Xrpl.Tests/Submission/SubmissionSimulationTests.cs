using Tallystick.LedgerSimulator.Engine;
using Tallystick.Xrpl.Client;
using Tallystick.Xrpl.Submission;
using Tallystick.Xrpl.Tests.Simulator;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Xrpl.Tests.Submission;

/// <summary>
/// Payments through three nodes, two of which must agree, while requests and answers get lost, a node lies or lags,
/// the ledger is busy, and the sender crashes between any two acts. Whatever happens: nothing is paid twice, and what
/// was declared failed is not paid and never will be.
/// </summary>
public sealed class SubmissionSimulationTests
{
    private static readonly SubmissionPolicy Policy = new() { LedgerWindow = 6, FeeCap = new Drops(20_000) };

    [Theory]
    [InlineData(0, 60)]
    [InlineData(60, 60)]
    [InlineData(120, 60)]
    public async Task Nothing_is_paid_twice_and_nothing_fails_wrongly(int firstSeed, int seeds)
    {
        var (applied, never) = (0, 0);
        for (var seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            var outcome = await Run(seed);
            if (outcome is SubmissionOutcome.NeverApplied) never++;
            else applied++;
        }
        // Both ways of ending were really visited, or the runs prove nothing.
        applied.ShouldBeGreaterThan(seeds / 4);
        never.ShouldBeGreaterThan(0);
    }

    private static async Task<SubmissionOutcome> Run(int seed)
    {
        var random = new Random(seed);
        var bank = new Bank();
        bank.Network.AddNode("node2");
        bank.Network.AddNode("node3");
        var payer = bank.Open(1000);
        var payee = bank.Open(1000);
        for (var i = 0; i < random.Next(8); i++) bank.Close();
        var stop = TestContext.Current.CancellationToken;

        // One node at most misbehaves: two honest ones can agree.
        var transports = bank.Network.Nodes.Select(n => new ChaosTransport(n, random, random.Next(4) * 5)).ToList();
        switch (random.Next(7))
        {
            case 0: transports[0].Forgetful = true; break;
            case 1: bank.Network.Nodes[0].Faults.Set("not_found", true); break;
            case 2: bank.Network.Nodes[1].Faults.LagLedgers = 3; break;
            case 3: bank.Network.Nodes[2].Faults.Set("success", true); break;
            case 4: bank.Network.Nodes[2].Faults.Set("validated", true); break;
            case 5: bank.Network.Nodes[0].Chain = bank.Network.Chain.Fork(); break;
        }
        var busy = random.Next(3) == 0;
        await using var client = new LedgerClient(
            transports, new LedgerClientOptions { NodesAgreeing = 2, NodeRest = TimeSpan.FromTicks(1) }, TimeProvider.System);

        var balance = bank.Balance(payee.Account);
        var sequence = bank.Sequence(payer.Account);
        var chain = bank.Network.Chain;
        var stored = SubmissionRecord.Prepare(
            "payout", Attempt(new Drops(random.Next(3) == 0 ? 9UL : 12), chain.Newest.Index + 6), chain.Newest.Index);
        var driver = Driver();

        for (var step = 0; step < 3000 && stored.Outcome is null; step++)
        {
            if (busy && (step is 0 or 8)) Crowd();
            try
            {
                await driver.Advance(stored, stop);
            }
            catch (CrashException)
            {
                // The process died: only what was stored is left.
                driver = Driver();
            }
            if (random.Next(3) == 0) CloseLedger();
        }
        stored.Outcome.ShouldNotBeNull($"seed {seed}: no outcome");

        // The future must not change the verdict: everything that could still happen happens now.
        foreach (var attempt in stored.Attempts) chain.Submit(Tx.Read(Convert.FromHexString(attempt.Blob)));
        for (var i = 0; i < 12; i++) CloseLedger();
        var paid = bank.Network.Chain.Newest.State.Account(payee.Account)!.Balance - balance;
        var validated = stored.Attempts.Count(a => chain.FindTransaction(a.Hash) is not null);
        validated.ShouldBeLessThanOrEqualTo(1, $"seed {seed}");
        switch (stored.Outcome)
        {
            case SubmissionOutcome.Validated v:
                paid.ShouldBe(v.Applied ? 1_000_000 : 0, $"seed {seed}: {v}");
                chain.FindTransaction(v.Hash)!.Meta.Result.Name.ShouldBe(v.Result.Name, $"seed {seed}");
                break;
            default:
                paid.ShouldBe(0, $"seed {seed}: declared never applied");
                break;
        }
        return stored.Outcome;

        void CloseLedger() => bank.Network.CloseLedger();

        void Crowd()
        {
            var from = bank.Sequence(bank.Rich.Account);
            for (uint i = 0; i < 1100; i++)
                chain.Submit(FromRich(from + i));
        }

        Tx FromRich(uint number) => Tx.Read(bank.Sign(new Payment(bank.Rich.Account, payer.Account, Xrpl.Amount.Of(new Drops(1)))
        {
            Sequence = number,
        }, bank.Rich).Blob.ToArray());

        SignedAttempt Attempt(Drops fee, uint last)
        {
            return SignedAttempt.Of(new Payment(payer.Account, payee.Account, Xrpl.Amount.Of(new Drops(1_000_000)))
            {
                Sequence = sequence, Fee = fee, LastLedgerSequence = last,
            }.Sign(payer));
        }

        void MayCrash()
        {
            if (random.Next(12) == 0) throw new CrashException();
        }

        SubmissionDriver Driver()
        {
            foreach (var transport in transports) transport.OnAsk = _ => MayCrash();
            return new(client, Policy, Store, SignAgain, TimeProvider.System);
        }

        Task Store(SubmissionRecord record, CancellationToken _)
        {
            MayCrash();
            stored = record;
            MayCrash();
            return Task.CompletedTask;
        }

        Task<SignedAttempt?> SignAgain(SubmissionRecord _, Drops fee, uint last, CancellationToken __)
        {
            MayCrash();
            return Task.FromResult<SignedAttempt?>(Attempt(fee, last));
        }
    }

    private sealed class CrashException : Exception;
}
