using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>What one account of an owner holds, debit positive.</summary>
internal sealed record AccountBalance(string Kind, Currency Currency, long Minor);

/// <summary>All that the books say about one owner.</summary>
internal sealed class OwnBalances(Database database)
{
    public Task<IReadOnlyList<AccountBalance>> Of(Guid owner, CancellationToken stop) => database.Query<AccountBalance>(
        """
        select a.kind, a.currency, coalesce(sum(p.amount), 0)::bigint as minor
        from journal.account a left join journal.posting p on p.account_id = a.id
        where a.owner = @owner group by a.kind, a.currency order by a.kind, a.currency limit 200
        """,
        new { owner },
        stop);
}
