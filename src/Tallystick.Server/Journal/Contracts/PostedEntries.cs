using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>What was posted, by its reference.</summary>
internal static class PostedEntries
{
    /// <summary>The lines of one transaction in order; empty when nothing was posted under this reference.</summary>
    public static async Task<IReadOnlyList<JournalLine>> Lines(Tx tx, string reference) =>
        [.. (await tx.Query<PostedLine>(
            $"{LinesSql} where t.reference = @reference order by p.line", new { reference })).Select(l => l.Line)];

    /// <summary>The lines of these transactions, without those of which the mirror was posted.</summary>
    public static async Task<IReadOnlyList<JournalLine>> Standing(Tx tx, IReadOnlyCollection<string> references) =>
        [.. (await tx.Query<PostedLine>(
            $"""
            {LinesSql} where t.reference = any(@References)
              and not exists (select 1 from journal.transaction u where u.reference = t.reference || '/undone')
            order by t.id, p.line
            """,
            new { References = references.ToArray() })).Select(l => l.Line)];

    /// <summary>References that start so, in order, at most a hundred thousand.</summary>
    public static Task<IReadOnlyList<string>> References(Tx tx, string prefix) => tx.Query<string>(
        """
        select reference from journal.transaction where reference ~>=~ @prefix and reference ~<~ @To
        order by reference limit 100000
        """,
        new { prefix, To = prefix + "\u007f" });

    /// <summary>What all transactions whose reference starts so moved, by kind of account, debit positive.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> Moved(Tx tx, string referencePrefix, Currency currency) =>
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

    private const string LinesSql =
        """
        select a.kind, a.owner, p.currency, p.amount
        from journal.transaction t join journal.posting p on p.transaction_id = t.id join journal.account a on a.id = p.account_id
        """;

    private sealed record MovedKind(string Kind, long Minor);

    private sealed record PostedLine(string Kind, Guid Owner, Currency Currency, long Amount)
    {
        public JournalLine Line => new(
            new LedgerAccount(LedgerAccount.KindOf(Kind), Owner, Currency), new Money(Amount, Currency));
    }
}
