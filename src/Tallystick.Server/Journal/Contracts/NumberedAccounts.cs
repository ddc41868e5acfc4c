using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>The numbers by which the database knows accounts: made by the first who names one.</summary>
internal static class NumberedAccounts
{
    public static async Task<Dictionary<LedgerAccount, long>> Of(Tx tx, IEnumerable<LedgerAccount> named)
    {
        // In one order everywhere, so that two who make the same accounts wait for, and do not block, each other.
        var distinct = named.Distinct()
            .OrderBy(a => a.Kind).ThenBy(a => a.Owner).ThenBy(a => a.Currency.Code, StringComparer.Ordinal).ToList();
        var key = new
        {
            Kinds = distinct.Select(a => LedgerAccount.NameOf(a.Kind)).ToArray(),
            Owners = distinct.Select(a => a.Owner).ToArray(),
            Currencies = distinct.Select(a => a.Currency.Code).ToArray(),
        };
        const string find =
            """
            select a.id, n.ordinal from unnest(@Kinds, @Owners, @Currencies) with ordinality n (kind, owner, currency, ordinal)
            join journal.account a using (kind, owner, currency)
            """;
        var found = await tx.Query<FoundAccount>(find, key);
        if (found.Count < distinct.Count)
        {
            await tx.Execute(
                """
                insert into journal.account (kind, owner, currency)
                select kind, owner, currency from unnest(@Kinds, @Owners, @Currencies) n (kind, owner, currency)
                on conflict do nothing
                """,
                key);
            found = await tx.Query<FoundAccount>(find, key);
        }

        return found.ToDictionary(f => distinct[checked((int)f.Ordinal - 1)], f => f.Id);
    }

    private sealed record FoundAccount(long Id, long Ordinal);
}
