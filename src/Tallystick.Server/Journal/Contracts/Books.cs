using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>
/// The only door to the books. Everything is posted inside the caller's transaction, so that money moves together
/// with the state that says why, or not at all.
/// </summary>
internal sealed class Books(Database database)
{
    private const int LinesMost = 200_000;

    /// <summary>Posts; false when this reference was posted before, with the same lines.</summary>
    public async Task<bool> Post(Tx tx, JournalEntry entry) => await PostAll(tx, [entry]) == 1;

    /// <summary>
    /// Posts many at once and says how many were new. 1 check, 2 name the accounts, 3 add the transactions,
    /// 4 compare those that were there, 5 add the postings of the others.
    /// </summary>
    public async Task<int> PostAll(Tx tx, IReadOnlyList<JournalEntry> entries)
    {
        // 1
        var checkedEntries = entries.Select(CheckedEntry.Of).ToDictionary(e => e.Entry.Reference, StringComparer.Ordinal);
        if (checkedEntries.Values.Sum(e => e.Lines.Count) > LinesMost)
        {
            throw new InvalidOperationException($"More than {LinesMost} postings at once: post in chunks.");
        }

        // 2
        var accounts = await NumberedAccounts.Of(tx, checkedEntries.Values.SelectMany(e => e.Lines, (_, l) => l.Account));

        // 3
        var all = checkedEntries.Values.ToList();
        var added = await tx.Query<AddedTransaction>(
            """
            insert into journal.transaction (reference, kind, at, content)
            select * from unnest(@References, @Kinds, @Ats, @Contents)
            on conflict (reference) do nothing returning id, reference
            """,
            new
            {
                References = all.Select(e => e.Entry.Reference).ToArray(),
                Kinds = all.Select(e => e.Entry.Kind).ToArray(),
                Ats = all.Select(e => e.Entry.At.UtcDateTime).ToArray(),
                Contents = all.Select(e => e.Content).ToArray(),
            });

        // 4
        if (added.Count < all.Count)
        {
            await CompareWithPosted(tx, all, added.Select(a => a.Reference).ToHashSet(StringComparer.Ordinal));
        }

        // 5
        await AddPostings(tx, added, checkedEntries, accounts);
        return added.Count;
    }

    /// <summary>The sum of an account's postings: what it holds, debit positive.</summary>
    public async Task<Money> Balance(LedgerAccount account, CancellationToken stop) => new(
        await database.QueryOne<long>(BalanceSql, Key(account), stop), account.Currency);

    /// <summary>The same, as this transaction sees it.</summary>
    public async Task<Money> Balance(Tx tx, LedgerAccount account) =>
        new(await tx.QueryOne<long>(BalanceSql, Key(account)), account.Currency);

    /// <summary>What all accounts of these kinds hold together, a currency a row, as one moment sees it.</summary>
    public Task<IReadOnlyList<CurrencyTotal>> Totals(Tx tx, IReadOnlyList<AccountKind> kinds) => tx.Query<CurrencyTotal>(
        """
        select a.currency, coalesce(sum(p.amount), 0)::bigint as minor
        from journal.account a join journal.posting p on p.account_id = a.id
        where a.kind = any(@Kinds) group by a.currency
        """,
        new { Kinds = kinds.Select(LedgerAccount.NameOf).ToArray() });

    /// <summary>
    /// Until the transaction ends, nobody else holds this lock: for a decision that depends on the balance. Postings of
    /// others are not held up by it, so every decision on this account must take the lock.
    /// </summary>
    public async Task Lock(Tx tx, LedgerAccount account)
    {
        await NumberedAccounts.Of(tx, [account]);
        await tx.Execute(
            "select id from journal.account where kind = @Kind and owner = @Owner and currency = @Currency for no key update",
            Key(account));
    }

    /// <summary>
    /// Locks many accounts, in one order for everybody, and says what each holds. Two statements: what one statement reads after it
    /// has waited for a lock is still as it was before the wait, without what the other has posted meanwhile.
    /// </summary>
    public async Task<Dictionary<LedgerAccount, long>> LockBalances(Tx tx, IEnumerable<LedgerAccount> accounts)
    {
        var ids = await NumberedAccounts.Of(tx, accounts);
        var key = new { Ids = ids.Values.ToArray() };
        await tx.Execute("select id from journal.account where id = any(@Ids) order by id for no key update", key);
        var balances = (await tx.Query<HeldBalance>(
            """
            select i.id, coalesce((select sum(amount) from journal.posting p where p.account_id = i.id), 0)::bigint as minor
            from unnest(@Ids) i (id)
            """,
            key)).ToDictionary(r => r.Id, r => r.Minor);
        return ids.ToDictionary(a => a.Key, a => balances[a.Value]);
    }

    /// <summary>
    /// Posts the mirror of what was posted under a reference, once, as <c>REFERENCE/undone</c>; answers the mirror's lines,
    /// none when there was nothing to undo or it was undone before.
    /// </summary>
    public async Task<IReadOnlyList<JournalLine>> Undo(Tx tx, string reference, string kind, DateTimeOffset at)
    {
        var mirror = (await PostedEntries.Lines(tx, reference)).Select(l => l with { Amount = -l.Amount }).ToList();
        return mirror.Count > 0 && await Post(tx, new JournalEntry(kind, $"{reference}/undone", at, mirror)) ? mirror : [];
    }

    /// <summary>
    /// Accounts of a kind that hold something, in order of owner, after one owner: so many, and the rest of the last owner's.
    /// </summary>
    public static Task<IReadOnlyList<OwnerBalance>> Balances(Tx tx, AccountKind kind, Guid after, int most) =>
        tx.Query<OwnerBalance>(
            // Account by account: however many come after, only those that are asked for are summed.
            """
            select a.owner, a.currency, b.minor from journal.account a
            cross join lateral (
              select coalesce(sum(p.amount), 0)::bigint as minor from journal.posting p where p.account_id = a.id) b
            where a.kind = @Kind and a.owner > @After and b.minor <> 0
            order by a.owner fetch first (@Most) rows with ties
            """,
            new { Kind = LedgerAccount.NameOf(kind), After = after, Most = most });

    /// <summary>Accounts of a kind that hold something, of these owners.</summary>
    public static Task<IReadOnlyList<OwnerBalance>> BalancesOf(Tx tx, AccountKind kind, IReadOnlyCollection<Guid> owners) =>
        tx.Query<OwnerBalance>(
            """
            select a.owner, a.currency, sum(p.amount)::bigint as minor
            from journal.account a join journal.posting p on p.account_id = a.id
            where a.kind = @Kind and a.owner = any(@Owners)
            group by a.owner, a.currency having sum(p.amount) <> 0
            order by a.owner, a.currency
            """,
            new { Kind = LedgerAccount.NameOf(kind), Owners = owners.ToArray() });

    private const string BalanceSql =
        """
        select coalesce(sum(p.amount), 0)::bigint
        from journal.account a join journal.posting p on p.account_id = a.id
        where a.kind = @Kind and a.owner = @Owner and a.currency = @Currency
        """;

    private static object Key(LedgerAccount account) =>
        new { Kind = LedgerAccount.NameOf(account.Kind), account.Owner, account.Currency };

    private static async Task CompareWithPosted(Tx tx, List<CheckedEntry> all, HashSet<string> added)
    {
        var repeated = all.Where(e => !added.Contains(e.Entry.Reference)).ToList();
        var posted = (await tx.Query<PostedContent>(
            "select reference, content from journal.transaction where reference = any(@References)",
            new { References = repeated.Select(e => e.Entry.Reference).ToArray() }))
            .ToDictionary(p => p.Reference, p => p.Content, StringComparer.Ordinal);
        if (repeated.Find(e => !posted[e.Entry.Reference].AsSpan().SequenceEqual(e.Content)) is { } other)
        {
            throw new InvalidOperationException(
                $"{other.Entry.Reference} was posted before with other lines: one of the two is wrong.");
        }
    }

    private static Task AddPostings(
        Tx tx,
        IReadOnlyList<AddedTransaction> added,
        Dictionary<string, CheckedEntry> entries,
        Dictionary<LedgerAccount, long> accounts)
    {
        var rows = added
            .SelectMany(a => entries[a.Reference].Lines.Select((line, index) => (a.Id, Index: index + 1, Line: line)))
            .ToList();
        return rows.Count == 0 ? Task.CompletedTask : tx.Execute(
            """
            insert into journal.posting (transaction_id, line, account_id, currency, amount)
            select * from unnest(@Transactions, @Lines, @Accounts, @Currencies, @Amounts)
            """,
            new
            {
                Transactions = rows.Select(r => r.Id).ToArray(),
                Lines = rows.Select(r => r.Index).ToArray(),
                Accounts = rows.Select(r => accounts[r.Line.Account]).ToArray(),
                Currencies = rows.Select(r => r.Line.Amount.Currency.Code).ToArray(),
                Amounts = rows.Select(r => r.Line.Amount.Minor).ToArray(),
            });
    }

    private sealed record AddedTransaction(long Id, string Reference);

    private sealed record HeldBalance(long Id, long Minor);

    private sealed record PostedContent(string Reference, byte[] Content);
}

/// <summary>What accounts hold in one currency, debit positive.</summary>
internal sealed record CurrencyTotal(Currency Currency, long Minor);

/// <summary>What one owner's account of a kind holds, debit positive.</summary>
internal sealed record OwnerBalance(Guid Owner, Currency Currency, long Minor);
