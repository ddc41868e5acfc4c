namespace Tallystick.StripeSimulator.Engine;

/// <summary>One leg of an entry, in minor units of its currency.</summary>
internal readonly record struct Posting(string Account, string Currency, long Amount);

/// <summary>
/// The simulator's own books. Every movement is an entry whose postings sum to zero per currency; balances that the
/// interface answers are sums of postings and are checked against the balance transactions (<see cref="World.Audit"/>).
/// </summary>
internal sealed class Ledger
{
    readonly SortedDictionary<(string Account, string Currency), long> balances = [];

    public const string Cards = "outside:cards";
    public const string Fees = "stripe:fees";

    /// <summary>Money between two balances: zero at the end of every command.</summary>
    public const string Transit = "stripe:transit";

    public static string Available(string owner) => $"{owner}:available";

    public static string Pending(string owner) => $"{owner}:pending";

    public static string Bank(string owner) => $"{owner}:bank";

    /// <summary>Posts one entry; an entry that does not sum to zero is a broken invariant and changes nothing.</summary>
    public void Post(params ReadOnlySpan<Posting> postings)
    {
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var posting in postings)
            sums[posting.Currency] = sums.GetValueOrDefault(posting.Currency) + posting.Amount;
        foreach (var (currency, sum) in sums)
            if (sum != 0)
                throw new InvalidOperationException($"An entry does not balance: {sum} {currency} left over.");
        foreach (var posting in postings)
        {
            var key = (posting.Account, posting.Currency);
            balances[key] = balances.GetValueOrDefault(key) + posting.Amount;
        }
    }

    public long Balance(string account, string currency) => balances.GetValueOrDefault((account, currency));

    public IEnumerable<(string Account, string Currency, long Amount)> Balances =>
        balances.Select(balance => (balance.Key.Account, balance.Key.Currency, balance.Value));

    public IEnumerable<string> CurrenciesOf(string account) =>
        balances.Keys.Where(key => key.Account == account).Select(key => key.Currency);

    /// <summary>Currencies whose accounts do not sum to zero: always none, unless the books are broken.</summary>
    public string[] Unbalanced() =>
    [
        .. balances.GroupBy(balance => balance.Key.Currency)
            .Where(group => group.Sum(balance => balance.Value) != 0)
            .Select(group => group.Key),
    ];
}
