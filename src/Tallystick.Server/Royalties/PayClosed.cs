using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Licensing.Contracts;
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
/// Who is owed something, or will be of a sale that is not shared yet or of use that is not billed yet, closes an account only
/// when it can be sent: nobody could open a payout account afterwards. What the organisation itself owes is named.
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
            : await WillEarn(tx, organisation);
        return what is null
            ? new([], [.. debts])
            : new(
                [$"{what} and can be sent nowhere: open a payout account first " +
                    "(POST /v1/payout-account, 'tally payout-account', or the page of your earnings)."],
                [.. debts]);
    }

    private async Task<string?> WillEarn(Tx tx, OrganisationId organisation)
    {
        var works = await tx.Query<WorkId>(
            "select distinct work_id from royalties.rule where strpos(body::text, @Name) > 0", new { Name = organisation.ToString() });
        var sales = (await SalesUnderWay.Of(tx, organisation, works))
            .Select(s => (s.WorkId, s.Creator, s.PaidAt ?? clock.GetUtcNow()));
        if (await HasShare(tx, organisation, [.. sales]))
        {
            return "Your share of sales that are paid or being paid will be owed to you";
        }

        return await HasShare(tx, organisation, await UsedByMeter(tx, organisation, works))
            ? "Your share of what is used under licences that are paid by use, until they end and are billed, will be owed to you"
            : null;
    }

    /// <summary>By the rule of the moment of each sale, as the run will share it; what is not paid yet by the rule of now.</summary>
    private static async Task<bool> HasShare(
        Tx tx, OrganisationId organisation, IReadOnlyList<(WorkId Work, OrganisationId Creator, DateTimeOffset At)> earning)
    {
        var versions = await EffectiveRules.VersionsAt(tx, [.. earning.Select(e => (e.Work, e.At))]);
        var rules = await EffectiveRules.Of(tx, [.. earning.Select(e => (e.Work, e.Creator, versions[(e.Work, e.At)]))]);
        return rules.Values.Any(r => r.Split.Shares.Any(s => s.Payee == organisation));
    }

    /// <summary>Works with licences that are paid by use and had not ended when the last run took what was due.</summary>
    private async Task<IReadOnlyList<(WorkId Work, OrganisationId Creator, DateTimeOffset At)>> UsedByMeter(
        Tx tx, OrganisationId organisation, IReadOnlyCollection<WorkId> works)
    {
        var licences = await tx.Query<MeteredLicence>(
            """
            select licence_id, work_id, creator from royalties.licence
            where meter <> @None and price_minor > 0 and (creator = @organisation or work_id = any(@Works))
            """,
            new { None = (int)Meter.None, organisation, Works = works.Select(w => w.Value).ToArray() });
        var billed = await tx.QueryOne<DateTimeOffset?>("select max(up_to) from royalties.run") ?? DateTimeOffset.MinValue;
        var ended = (await GrantedLicences.Ended(tx, licences.Select(l => l.LicenceId), billed)).ToHashSet();
        return [.. licences.Where(l => !ended.Contains(l.LicenceId))
            .Select(l => (l.WorkId, l.Creator)).Distinct().Select(w => (w.WorkId, w.Creator, clock.GetUtcNow()))];
    }

    private sealed record MeteredLicence(LicenceId LicenceId, WorkId WorkId, OrganisationId Creator);

    private sealed record Used(Currency Currency, long Minor);
}
