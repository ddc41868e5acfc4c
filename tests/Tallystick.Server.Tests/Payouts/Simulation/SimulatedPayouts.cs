using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payouts;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>
/// Sends payouts: requests are lost before and after they worked, processes are killed between, accounts are blocked, cleared
/// and replaced, and what a payee owes by then is taken out.
/// </summary>
internal sealed class SimulatedPayouts(MoneyWorld world, Random random)
{
    private readonly List<Payout> _all = [];
    private readonly Dictionary<string, (PayoutId Group, long Minor, string To)> _transfers = [];
    private readonly Dictionary<OrganisationId, (string Account, bool CanReceive)> _accounts = [];

    public IReadOnlyList<Payout> All => _all;

    public long Transferred => _transfers.Values.Sum(t => t.Minor);

    public IEnumerable<PayoutId> TransferredGroups => _transfers.Values.Select(t => t.Group);

    public void Queue(OrganisationId payee, long minor)
    {
        var payout = new Payout(new PayoutId(world.NewId()), payee, minor);
        _all.Add(payout);
        world.Books.Post(PayoutPostings.Queued(payout.Id, payee, new Money(minor, Usd), world.Now));
    }

    public long PaidTo(OrganisationId payee) => _all.Where(p => p.Payee == payee && p.State == PayoutState.Paid).Sum(p => p.Minor);

    public void Step()
    {
        foreach (var payout in _all.Where(p => p.State is not PayoutState.Paid and not PayoutState.Netted))
        {
            Advance(payout);
        }

        foreach (var payee in world.Payees.Where(_ => random.Next(40) == 0))
        {
            var account = AccountOf(payee);
            _accounts[payee] = random.Next(2) == 0
                ? account with { CanReceive = !account.CanReceive }
                : ($"acct_{world.NewId()}", true);
        }
    }

    /// <summary>What may have left is asked for until it is known.</summary>
    public void AskAll()
    {
        foreach (var payout in _all.Where(p =>
            p.State is PayoutState.Sending or PayoutState.Unknown && _transfers.Values.Any(t => t.Group == p.Id)))
        {
            Paid(payout);
        }
    }

    public void Finish(Action wait)
    {
        for (var i = 0; i < 200 && _all.Exists(p => p.State is not PayoutState.Paid and not PayoutState.Netted); i++)
        {
            wait();
            foreach (var payee in world.Payees)
            {
                _accounts[payee] = AccountOf(payee) with { CanReceive = true };
            }

            _all.ForEach(Advance);
        }
    }

    private (string Account, bool CanReceive) AccountOf(OrganisationId payee) =>
        _accounts.TryGetValue(payee, out var account) ? account : ($"acct_{payee}", true);

    private void Advance(Payout payout)
    {
        var account = AccountOf(payout.Payee);
        var covered = world.Gateway.Available >= Net(payout).Sent;
        switch (PayoutDecision.Next(new(payout.State, account.CanReceive, covered, payout.FirstSent, world.Now)))
        {
            case PayoutStep.Block:
                payout.State = PayoutState.Blocked;
                break;
            case PayoutStep.Unblock:
                payout.State = PayoutState.Queued;
                break;
            case PayoutStep.Send:
                Begin(payout, account.Account);
                break;
            case PayoutStep.Ask when random.Next(5) > 0:
                Ask(payout);
                break;
        }
    }

    private PayoutNet Net(Payout payout) =>
        PayoutDecision.Net(payout.Minor, world.Books.Of(AccountKind.CreatorDebt, payout.Payee), step: 1);

    private void Begin(Payout payout, string account)
    {
        var net = Net(payout);
        if (net.Settled > 0)
        {
            world.Books.Post(PayoutPostings.Netted(
                payout.Id, payout.Attempt, payout.Payee, new Money(net.Settled, Usd), world.Now)).ShouldBeTrue();
        }

        payout.Minor = net.Sent;
        payout.State = PayoutState.Netted;
        if (net.Sent > 0)
        {
            (payout.State, payout.FirstSent, payout.Destination) = (PayoutState.Sending, world.Now, account);
            Transfer(payout);
        }
    }

    private void Ask(Payout payout)
    {
        if (_transfers.Values.Any(t => t.Group == payout.Id))
        {
            Paid(payout);
            return;
        }

        switch (PayoutDecision.WhenAbsent(payout.FirstSent!.Value, world.Now))
        {
            case AbsentStep.ResendSameKey:
                Transfer(payout);
                break;
            case AbsentStep.NewAttempt:
                NewAttempt(payout);
                break;
        }
    }

    private static void NewAttempt(Payout payout) =>
        (payout.State, payout.Attempt, payout.FirstSent) = (PayoutState.Queued, payout.Attempt + 1, null);

    private void Transfer(Payout payout)
    {
        var fate = random.Next(6);
        if (fate == 0)
        {
            return; // Killed before it was sent, or lost on the way.
        }

        // The gateway remembers a key, and does its work once.
        var (key, to) = ($"{payout.Id}/{payout.Attempt}", payout.Destination!);
        if (_transfers.TryGetValue(key, out var made))
        {
            (made.Minor, made.To).ShouldBe((payout.Minor, to), "the same key is the same request");
        }
        else
        {
            if (world.Gateway.Available < payout.Minor || AccountOf(payout.Payee) != (to, true))
            {
                NewAttempt(payout);
                return;
            }

            _transfers[key] = (payout.Id, payout.Minor, to);
            world.Gateway.Available -= payout.Minor;
        }

        if (fate == 1)
        {
            return; // Killed after it was sent.
        }

        if (fate == 2)
        {
            payout.State = PayoutState.Unknown;
            return;
        }

        Paid(payout);
    }

    private void Paid(Payout payout)
    {
        payout.State = PayoutState.Paid;
        world.Books.Post(PayoutPostings.Paid(payout.Id, payout.Payee, new Money(payout.Minor, Usd), world.Now));
    }
}
