using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>What one account of an owner holds, debit positive.</summary>
internal sealed record AccountBalance(string Kind, Currency Currency, long Minor);

/// <summary>All that the books say about one owner.</summary>
internal sealed class OwnBalances(Database database)
{
    public Task<IReadOnlyList<AccountBalance>> Of(Guid owner, CancellationToken stop) =>
        database.Query<AccountBalance>(Sql, new { owner }, stop);

    /// <summary>The same, as a transaction sees it.</summary>
    public static Task<IReadOnlyList<AccountBalance>> Of(Tx tx, Guid owner) => tx.Query<AccountBalance>(Sql, new { owner });

    /// <summary>The accounts of a kind that these owners have, also those that hold nothing.</summary>
    public static async Task<IReadOnlyList<LedgerAccount>> Accounts(Tx tx, AccountKind kind, IEnumerable<OrganisationId> owners) =>
        [.. (await tx.Query<Owned>(
            "select owner, currency from journal.account where kind = @Kind and owner = any(@Owners) order by owner, currency",
            new { Kind = LedgerAccount.NameOf(kind), Owners = owners.Select(o => o.Value).ToArray() }))
            .Select(o => LedgerAccount.Of(kind, o.Owner, o.Currency))];

    private const string Sql =
        """
        select a.kind, a.currency, coalesce(sum(p.amount), 0)::bigint as minor
        from journal.account a left join journal.posting p on p.account_id = a.id
        where a.owner = @owner group by a.kind, a.currency order by a.kind, a.currency limit 200
        """;

    private sealed record Owned(OrganisationId Owner, Currency Currency);
}
