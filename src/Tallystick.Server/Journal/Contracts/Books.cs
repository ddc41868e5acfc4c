using System.Security.Cryptography;
using System.Text;
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
        var checkedEntries = entries.Select(Check).ToDictionary(e => e.Entry.Reference, StringComparer.Ordinal);
        if (checkedEntries.Values.Sum(e => e.Lines.Count) > LinesMost)
        {
            throw new InvalidOperationException($"More than {LinesMost} postings at once: post in chunks.");
        }

        // 2
        var accounts = await Accounts(tx, checkedEntries.Values.SelectMany(e => e.Lines, (_, l) => l.Account));

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
        await Accounts(tx, [account]);
        await tx.Execute(
            "select id from journal.account where kind = @Kind and owner = @Owner and currency = @Currency for no key update",
            Key(account));
    }

    /// <summary>Locks many accounts, in one order for everybody, and says what each holds.</summary>
    public async Task<Dictionary<LedgerAccount, long>> LockBalances(Tx tx, IEnumerable<LedgerAccount> accounts)
    {
        var ids = await Accounts(tx, accounts);
        var rows = await tx.Query<FoundAccount>(
            """
            with locked as (
              select id from journal.account where id = any(@Ids) order by id for no key update)
            select l.id, coalesce((select sum(amount) from journal.posting p where p.account_id = l.id), 0)::bigint as ordinal
            from locked l
            """,
            new { Ids = ids.Values.ToArray() });
        var balances = rows.ToDictionary(r => r.Id, r => r.Ordinal);
        return ids.ToDictionary(a => a.Key, a => balances[a.Value]);
    }

    /// <summary>The lines of one transaction in order; empty when nothing was posted under this reference.</summary>
    public static async Task<IReadOnlyList<JournalLine>> Lines(Tx tx, string reference) =>
        [.. (await tx.Query<PostedLine>(
            $"{LinesSql} where t.reference = @reference order by p.line", new { reference })).Select(l => l.Line)];

    /// <summary>References that start so, in order, at most a hundred thousand.</summary>
    public static Task<IReadOnlyList<string>> References(Tx tx, string prefix) => tx.Query<string>(
        """
        select reference from journal.transaction where reference ~>=~ @prefix and reference ~<~ @To
        order by reference limit 100000
        """,
        new { prefix, To = prefix + "\u007f" });

    /// <summary>
    /// Posts the mirror of what was posted under a reference, once, as <c>REFERENCE/undone</c>; answers the mirror's lines,
    /// none when there was nothing to undo or it was undone before.
    /// </summary>
    public async Task<IReadOnlyList<JournalLine>> Undo(Tx tx, string reference, string kind, DateTimeOffset at)
    {
        var mirror = (await Lines(tx, reference)).Select(l => l with { Amount = -l.Amount }).ToList();
        return mirror.Count > 0 && await Post(tx, new JournalEntry(kind, $"{reference}/undone", at, mirror)) ? mirror : [];
    }

    /// <summary>What all transactions whose reference starts so moved, by kind of account, debit positive.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Moved(Tx tx, string referencePrefix, Currency currency) =>
        (await tx.Query<MovedKind>(
            """
            select a.kind, sum(p.amount)::bigint as minor
            from journal.transaction t join journal.posting p on p.transaction_id = t.id
            join journal.account a on a.id = p.account_id
            where t.reference ~>=~ @From and t.reference ~<~ @To and p.currency = @currency
            group by a.kind
            """,
            // References are ASCII: what starts with the prefix is what lies before the prefix and the last character.
            new { From = referencePrefix, To = referencePrefix + "\u007f", currency }))
        .ToDictionary(m => m.Kind, m => m.Minor, StringComparer.Ordinal);

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

    private const string LinesSql =
        """
        select a.kind, a.owner, p.currency, p.amount
        from journal.transaction t join journal.posting p on p.transaction_id = t.id join journal.account a on a.id = p.account_id
        """;

    private static object Key(LedgerAccount account) =>
        new { Kind = LedgerAccount.NameOf(account.Kind), account.Owner, account.Currency };

    private static Checked Check(JournalEntry entry)
    {
        var lines = entry.Lines.Where(l => l.Amount.Minor != 0).ToList();
        if (lines.Count < 2)
        {
            throw new InvalidOperationException($"{entry.Reference} has fewer than two lines that move money.");
        }

        if (lines.Find(l => l.Account.Currency != l.Amount.Currency) is { } mixed)
        {
            throw new InvalidOperationException($"{entry.Reference}: {mixed.Amount} in an account of {mixed.Account.Currency}.");
        }

        foreach (var currency in lines.GroupBy(l => l.Amount.Currency))
        {
            var sum = currency.Aggregate(Int128.Zero, (s, l) => s + l.Amount.Minor);
            if (sum != 0)
            {
                throw new InvalidOperationException($"{entry.Reference} is off by {sum} in {currency.Key}.");
            }
        }

        return new Checked(entry, lines, Content(entry.Kind, lines));
    }

    private static byte[] Content(string kind, List<JournalLine> lines)
    {
        var text = new StringBuilder(kind);
        foreach (var line in lines)
        {
            text.Append('\n').Append(LedgerAccount.NameOf(line.Account.Kind)).Append(' ')
                .Append(line.Account.Owner).Append(' ').Append(line.Amount.Minor).Append(' ').Append(line.Amount.Currency);
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static async Task<Dictionary<LedgerAccount, long>> Accounts(Tx tx, IEnumerable<LedgerAccount> named)
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

    private static async Task CompareWithPosted(Tx tx, List<Checked> all, HashSet<string> added)
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
        Dictionary<string, Checked> entries,
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

    private sealed record Checked(JournalEntry Entry, List<JournalLine> Lines, byte[] Content);

    private sealed record AddedTransaction(long Id, string Reference);

    private sealed record FoundAccount(long Id, long Ordinal);

    private sealed record MovedKind(string Kind, long Minor);

    private sealed record PostedLine(string Kind, Guid Owner, Currency Currency, long Amount)
    {
        public JournalLine Line => new(
            new LedgerAccount(LedgerAccount.KindOf(Kind), Owner, Currency), new Money(Amount, Currency));
    }

    private sealed record PostedContent(string Reference, byte[] Content);
}

/// <summary>What accounts hold in one currency, debit positive.</summary>
internal sealed record CurrencyTotal(Currency Currency, long Minor);

/// <summary>What one owner's account of a kind holds, debit positive.</summary>
internal sealed record OwnerBalance(Guid Owner, Currency Currency, long Minor);
