using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using static Tallystick.Server.Tests.Payouts.Simulation.MoneyWorld;

namespace Tallystick.Server.Tests.Payouts.Simulation;

/// <summary>The journal: an entry balances, is posted once under its reference, and leaves nobody's money below nothing.</summary>
internal sealed class SimulatedBooks
{
    private static readonly HashSet<AccountKind> NeverBelowNothing =
    [
        AccountKind.BuyerPrepaid, AccountKind.Deferred, AccountKind.CreatorPayable, AccountKind.PayoutInTransit,
        AccountKind.Holdback, AccountKind.RefundInTransit,
    ];

    private readonly Dictionary<LedgerAccount, long> _balances = [];
    private readonly Dictionary<string, JournalEntry> _posted = [];

    public IEnumerable<KeyValuePair<LedgerAccount, long>> Balances => _balances;

    public bool Post(JournalEntry entry)
    {
        if (!_posted.TryAdd(entry.Reference, entry))
        {
            return false;
        }

        entry.Lines.Sum(l => l.Amount.Minor).ShouldBe(0, entry.Reference);
        foreach (var line in entry.Lines)
        {
            _balances[line.Account] = Balance(line.Account) + line.Amount.Minor;
        }

        foreach (var line in entry.Lines.Where(l => NeverBelowNothing.Contains(l.Account.Kind)))
        {
            Balance(line.Account).ShouldBeLessThanOrEqualTo(0, $"{entry.Reference}: {line.Account}");
        }

        return true;
    }

    /// <summary>The mirror of what was posted, once; no lines when there is nothing to undo.</summary>
    public IReadOnlyList<JournalLine> Undo(string reference, string kind, DateTimeOffset at)
    {
        if (!_posted.TryGetValue(reference, out var entry))
        {
            return [];
        }

        var mirror = entry.Lines.Select(l => l with { Amount = -l.Amount }).ToList();
        return Post(new JournalEntry(kind, $"{reference}/undone", at, mirror)) ? mirror : [];
    }

    public bool Knows(string reference) => _posted.ContainsKey(reference);

    public IReadOnlyList<JournalLine> Lines(string reference) => _posted.TryGetValue(reference, out var entry) ? entry.Lines : [];

    public long Balance(LedgerAccount account) => _balances.GetValueOrDefault(account);

    public long Of(AccountKind kind) => Balance(LedgerAccount.Of(kind, Usd));

    public long Of(AccountKind kind, OrganisationId owner) => Balance(LedgerAccount.Of(kind, owner, Usd));

    public long Sum(AccountKind kind) => _balances.Where(b => b.Key.Kind == kind).Sum(b => b.Value);
}
