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
/// Who is owed something, or will be of a sale that is not shared yet, closes an account only when it can be sent: nobody could
/// open a payout account afterwards. What the organisation itself owes is named.
/// </summary>
internal sealed class PayableArrives(TimeProvider clock) : IClosingCheck
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
        var what = await PayoutAccounts.CanReceive(tx, organisation) ? null
            : due.Count > 0 ? $"{string.Join(" and ", due)} are owed to you"
            : await SharesSaleUnderWay(tx, organisation) ? "Your share of sales that are paid or being paid will be owed to you"
            : null;
        return what is null
            ? new([], [.. debts])
            : new(
                [$"{what} and can be sent nowhere: open a payout account first " +
                    "(POST /v1/payout-account, 'tally payout-account', or the page of your earnings)."],
                [.. debts]);
    }

    /// <summary>By the rule of the moment of each sale, as the run will share it; what is not paid yet by the rule of now.</summary>
    private async Task<bool> SharesSaleUnderWay(Tx tx, OrganisationId organisation)
    {
        var works = await tx.Query<WorkId>(
            "select distinct work_id from royalties.rule where strpos(body::text, @Name) > 0", new { Name = organisation.ToString() });
        var sales = (await SalesUnderWay.Of(tx, organisation, works))
            .Select(s => (s.WorkId, s.Creator, At: s.PaidAt ?? clock.GetUtcNow())).ToList();
        var versions = await EffectiveRules.VersionsAt(tx, [.. sales.Select(s => (s.WorkId, s.At))]);
        var rules = await EffectiveRules.Of(tx, [.. sales.Select(s => (s.WorkId, s.Creator, versions[(s.WorkId, s.At)]))]);
        return rules.Values.Any(r => r.Split.Shares.Any(s => s.Payee == organisation));
    }

    private sealed record Used(Currency Currency, long Minor);
}
