using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// A payee closed the account: what is payable, less what the payee owes, is paid now, however little it is. What is earned
/// or released later is paid by the runs in the same way (<see cref="PayPayees"/>): nobody is left who could ask for it.
/// </summary>
internal sealed class PayClosed(QueueOwed queue, IdSource ids) : IEventHandler<OrganisationClosed>
{
    public static string Name => "royalties.pay_closed";

    public async Task Handle(Tx tx, OrganisationClosed occurred, CancellationToken stop)
    {
        var payable = await OwnBalances.Accounts(tx, AccountKind.CreatorPayable, [occurred.OrganisationId]);
        await queue.Queue(
            tx, ids.New<BillingRunId>(), [.. payable.Select(a => Owed.Everything(occurred.OrganisationId, a.Currency))], ids.Now);
    }
}

/// <summary>
/// Who is owed something closes an account only when it can be sent: nobody could open a payout account afterwards. What the
/// organisation itself owes is named.
/// </summary>
internal sealed class PayableArrives : IClosingCheck
{
    public async Task<ClosingView> Look(Tx tx, OrganisationId organisation)
    {
        var balances = await OwnBalances.Of(tx, organisation.Value);
        var due = balances
            .Where(b => LedgerAccount.KindOf(b.Kind) is
                AccountKind.CreatorPayable or AccountKind.Holdback or AccountKind.PayoutInTransit or AccountKind.CreatorDebt)
            .GroupBy(b => b.Currency).Select(g => new Money(-g.Sum(b => b.Minor), g.Key)).Where(m => m.Minor > 0).ToList();
        var debts = balances
            .Where(b => LedgerAccount.KindOf(b.Kind) is AccountKind.CreatorDebt && b.Minor > 0)
            .Select(b => new Money(b.Minor, b.Currency))
            .Concat(await tx.Query<Used>(
                "select currency, sum(minor)::bigint as minor from royalties.owed where buyer = @organisation group by currency",
                new { organisation }) is { Count: > 0 } used ? used.Select(u => new Money(u.Minor, u.Currency)) : []);
        return due.Count == 0 || await PayoutAccounts.CanReceive(tx, organisation)
            ? new([], [.. debts])
            : new(
                [$"{string.Join(" and ", due)} are owed to you and can be sent nowhere: open a payout account first " +
                    "(POST /v1/payout-account, 'tally payout-account', or the page of your earnings)."],
                [.. debts]);
    }

    private sealed record Used(Currency Currency, long Minor);
}
