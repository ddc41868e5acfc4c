using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Resources;

namespace Tallystick.StripeSimulator.Engine;

/// <summary>What a timer does when its moment has come.</summary>
internal enum TimerKind
{
    SettleBalanceTransaction,
    ExpireSession,
    PayPayout,
}

/// <summary>
/// The whole simulated state. Changed only by commands, one at a time, in <see cref="Simulator"/>; nothing in here
/// reads a clock or draws a random number.
/// </summary>
internal sealed class World
{
    readonly Dictionary<string, Resource> byId = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<Resource>> byNoun = new(StringComparer.Ordinal);
    readonly PriorityQueue<(TimerKind Kind, string Id), (long At, long Sequence)> timers = new();
    readonly Ids ids;
    long sequence;

    public World(JournalHeader header)
    {
        Header = header;
        ids = new Ids(header.Seed);
        Platform = Accounts.AddPlatform(this);
    }

    public JournalHeader Header { get; }

    public Ledger Ledger { get; } = new();

    public IdempotencyKeys Keys { get; } = new();

    /// <summary>The account that the secret key belongs to.</summary>
    public Resource Platform { get; }

    /// <summary>Simulated time of the command being executed, seconds since 1970.</summary>
    public long Now { get; set; }

    /// <summary>What an admin added to the clock so far, in seconds.</summary>
    public long ClockOffset { get; set; }

    public string? RequestId { get; set; }

    public string? RequestKey { get; set; }

    /// <summary>Where people's browsers reach the hosted pages; not part of the state.</summary>
    public string PublicUrl { get; set; } = "http://127.0.0.1";

    /// <summary>Line items and other facts of a session that its wire object does not carry, by session.</summary>
    public Dictionary<string, SessionFacts> SessionFacts { get; } = new(StringComparer.Ordinal);

    /// <summary>Into which currency, and at which rate, the platform's money of a currency is settled; none: nothing is converted.</summary>
    public Dictionary<string, (string Into, decimal Rate)> Settlement { get; } = new(StringComparer.Ordinal);

    /// <summary>What an amount of the platform's comes to in the currency in which it is settled, half up.</summary>
    public (string Currency, long Amount, decimal? Rate) Settled(string owner, string currency, long amount) =>
        owner == Platform.Id && Settlement.TryGetValue(currency, out var into)
            ? (into.Into, (long)decimal.Round(amount * into.Rate, MidpointRounding.AwayFromZero), into.Rate)
            : (currency, amount, null);

    /// <summary>Onboarding links that were issued and not used, by token.</summary>
    public Dictionary<string, OnboardingLink> OnboardingLinks { get; } = new(StringComparer.Ordinal);

    /// <summary>Accounts whose owners took the platform's access back: still there, and not the platform's to see.</summary>
    public HashSet<string> Disconnected { get; } = new(StringComparer.Ordinal);

    /// <summary>Refunds that wait for the balance to suffice, oldest first.</summary>
    public List<Resource> PendingRefunds { get; } = [];

    /// <summary>Events that no endpoint has confirmed yet, oldest first.</summary>
    public List<Resource> Undelivered { get; } = [];

    public string NextId(string prefix, int length = 24) => ids.Next(prefix, length);

    public Resource Add(string noun, string id, string owner, JsonObject? fields = null)
    {
        fields ??= Shape.Of(noun);
        var resource = new Resource(id, owner, ++sequence, fields);
        resource["id"] = id;
        resource["created"] = Now;
        byId.Add(id, resource);
        if (!byNoun.TryGetValue(noun, out var list))
            byNoun[noun] = list = [];
        list.Add(resource);
        return resource;
    }

    public Resource? Find(string id) => byId.GetValueOrDefault(id);

    /// <summary>An object of this kind that this account may see; null for all others, as the real interface answers 404.</summary>
    public Resource? Find(string noun, string? id, string owner) =>
        id is not null && byId.GetValueOrDefault(id) is { } found && found.Noun == noun && found.Owner == owner
            ? found
            : null;

    /// <summary>All objects of a kind, oldest first.</summary>
    public IReadOnlyList<Resource> All(string noun) => byNoun.TryGetValue(noun, out var list) ? list : [];

    public void Schedule(long at, TimerKind kind, string id) => timers.Enqueue((kind, id), (at, ++sequence));

    public bool IsDue(long now) => timers.TryPeek(out _, out var first) && first.At <= now;

    /// <summary>Does what has become due, in the order of its due times.</summary>
    public void RunTimers()
    {
        var end = Now;
        while (timers.TryPeek(out var timer, out var due) && due.At <= end)
        {
            timers.Dequeue();
            Now = due.At;
            Run(timer.Kind, Find(timer.Id)!);
        }

        Now = end;
        Refunds.RetryPending(this);
    }

    void Run(TimerKind kind, Resource resource)
    {
        switch (kind)
        {
            case TimerKind.SettleBalanceTransaction:
                BalanceTransactions.Settle(this, resource);
                break;
            case TimerKind.ExpireSession:
                CheckoutSessions.ExpireWhenOpen(this, resource);
                break;
            case TimerKind.PayPayout:
                Payouts.Complete(this, resource, failure: null);
                break;
            default:
                throw new InvalidOperationException($"Unknown timer {kind}.");
        }
    }

    /// <summary>
    /// Checks the books on two paths: entries sum to zero, and balances equal the sums of balance transactions.
    /// Returns what is wrong, nothing when all is well.
    /// </summary>
    public IReadOnlyList<string> Audit()
    {
        var wrong = Ledger.Unbalanced().Select(currency => $"{currency} does not sum to zero").ToList();
        var sums = All("balance_transaction")
            .GroupBy(t => (Account: t.Text("status") == "available" ? Ledger.Available(t.Owner) : Ledger.Pending(t.Owner),
                Currency: t.Text("currency")!))
            .ToDictionary(group => group.Key, group => group.Sum(t => t.Long("net")));
        foreach (var (account, currency, amount) in Ledger.Balances)
        {
            if (account == Ledger.Transit && amount != 0)
                wrong.Add($"{amount} {currency} left its sender and reached nobody");
            if (!account.EndsWith(":available", StringComparison.Ordinal)
                && !account.EndsWith(":pending", StringComparison.Ordinal))
                continue;
            var expected = sums.GetValueOrDefault((account, currency));
            if (expected != amount)
                wrong.Add($"{account} holds {amount} {currency}, its balance transactions say {expected}");
        }

        return wrong;
    }
}
