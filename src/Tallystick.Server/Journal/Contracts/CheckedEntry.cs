using System.Security.Cryptography;
using System.Text;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>An entry that may be posted: lines that move money, zero in sum for every currency, and what is compared when it comes again.</summary>
internal sealed record CheckedEntry(JournalEntry Entry, IReadOnlyList<JournalLine> Lines, byte[] Content)
{
    /// <exception cref="InvalidOperationException">The entry breaks a rule of the books.</exception>
    public static CheckedEntry Of(JournalEntry entry)
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

        return new CheckedEntry(entry, lines, HashOf(entry.Kind, lines));
    }

    private static byte[] HashOf(string kind, List<JournalLine> lines)
    {
        var text = new StringBuilder(kind);
        foreach (var line in lines)
        {
            text.Append('\n').Append(LedgerAccount.NameOf(line.Account.Kind)).Append(' ')
                .Append(line.Account.Owner).Append(' ').Append(line.Amount.Minor).Append(' ').Append(line.Amount.Currency);
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
