using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Releases holdbacks that are due and queues what is owed, some payees a transaction: a payee is paid once in a run, and
/// however many there are, no transaction and no posting grows beyond a bound. Whoever is owed something is looked at, by
/// whatever it came to be owed: a share, or a payout or a loss that was undone. After the last payee the run is closed.
/// </summary>
internal sealed class PayPayees(
    Database database, HoldbackReleases holdbacks, QueueOwed queue, CloseRun closing, RoyaltiesOptions options) : IRunStep
{
    public string State => "payouts";

    /// <summary>1 The payees that come next. 2 Release what is due to them. 3 Queue what they are owed. 4 Move on.</summary>
    public Task Step(RunRow run, int most, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await run.Hold(tx);
            var payees = await Next(tx, run, most); // 1
            if (payees.Count == 0)
            {
                await closing.Close(tx, run);
                CrashPoint.Reach("billing.closed_before_commit");
                return;
            }

            await holdbacks.Release(tx, run, payees); // 2
            await Queue(tx, run, payees); // 3
            CrashPoint.Reach("billing.paid_before_commit");
            await run.After(tx, payees[^1]); // 4
        },
        stop);

    public async Task<FailedRow?> LeaveOut(Tx tx, RunRow run)
    {
        if (await Next(tx, run, 1) is not [var payee])
        {
            return null;
        }

        await run.After(tx, payee);
        return new FailedRow(LeftOut.Other, $"payee {new OrganisationId(payee)}");
    }

    private static async Task<IReadOnlyList<Guid>> Next(Tx tx, RunRow run, int most)
    {
        var owed = await Books.Balances(tx, AccountKind.CreatorPayable, run.AfterId, most);
        // In the database's order of ids, which is that of the run's mark.
        return await tx.Query<Guid>(
            """
            select payee from (
              select unnest(@Owed) as payee
              union
              select payee from royalties.holdback where released_in is null and release_at <= @UpTo and payee > @AfterId) p
            order by payee limit @most
            """,
            new { run.AfterId, run.UpTo, most, Owed = owed.Select(o => o.Owner).ToArray() });
    }

    private async Task Queue(Tx tx, RunRow run, IReadOnlyList<Guid> payees)
    {
        var owners = (await Books.BalancesOf(tx, AccountKind.CreatorPayable, payees))
            .Select(b => (Payee: new OrganisationId(b.Owner), b.Currency)).ToList();
        var closed = await Organisations.ClosedOf(tx, payees);
        var minimums = await PayoutMinimums.Of(tx, owners.Select(o => o.Payee));
        await queue.Queue(
            tx, run.Id,
            [
                .. owners.Select(o => closed.Contains(o.Payee)
                    ? Owed.Everything(o.Payee, o.Currency)
                    : new Owed(o.Payee, o.Currency, options.Least(minimums.GetValueOrDefault((o.Payee, o.Currency))))),
            ],
            run.UpTo);
    }
}
