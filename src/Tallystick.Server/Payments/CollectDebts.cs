using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>
/// Collects what buyers owe when money of theirs becomes free in another way than by a top-up: a gate returned what it held,
/// a dispute was won; and gives back what was collected of a debt that is none any more. One round, some buyers; each in a transaction of its own.
/// </summary>
internal sealed class CollectDebts(Database database, BuyerDebts debts)
{
    public const string Worker = "payments.collect_debts";

    private const int AtOnce = 200;

    private Guid _after;

    public async Task<bool> Step(CancellationToken stop)
    {
        var some = await database.InTransaction(
            tx => Books.Balances(tx, AccountKind.BuyerDebt, _after, AtOnce), stop);
        foreach (var debt in some)
        {
            await database.InTransaction(tx => debts.Settle(tx, new OrganisationId(debt.Owner), debt.Currency), stop);
        }

        // From the beginning again when the end was reached: the next step is then a pause later.
        _after = some.Count < AtOnce ? Guid.Empty : some[^1].Owner;
        return some.Count >= AtOnce;
    }
}
