namespace Tallystick.LedgerSimulator.Engine;

/// <summary>Transactions that pay too little for the open ledger and wait for a later one (rippled's TxQ).</summary>
internal sealed class TxQueue(FeeMarket market)
{
    private const int PerAccountMax = 10;
    private const uint LedgersLeftMin = 2;

    private readonly Dictionary<AccountId, SortedDictionary<(bool Ticket, uint Number), Tx>> _accounts = [];

    public int Count { get; private set; }

    public bool IsFull => Count >= market.QueueSizeMax;

    public (Ter Result, bool Applied, bool Queued) Submit(Tx tx, OpenLedger open, NetworkRules rules)
    {
        var early = Preflight.Check(tx, rules);
        if (!early.IsSuccess) return (early, false, false);
        if (open.State.Sender(tx) is not { } account) return (Ter.NoAccount, false, false);

        // Straight into the open ledger when it is its turn and it pays what that costs.
        var inTurn = tx.TicketSequence is not null || tx.Sequence == account.Sequence;
        var level = FeeMarket.LevelOf(tx);
        if (inTurn && level >= market.LevelFor(open.Transactions.Count))
        {
            var (result, applied) = open.Apply(tx);
            if (applied) Remove(tx.Account, Place(tx));
            return (result, applied, false);
        }
        if (CheckQueue(tx, account, level, open, rules) is { } refusal) return (refusal, false, false);
        Add(tx);
        return (Ter.Queued, false, true);
    }

    /// <summary>After a ledger closed: forgets what can no longer be applied, then lets in what now pays enough,
    /// dearest first and in each account's order.</summary>
    public void Refill(OpenLedger open)
    {
        foreach (var tx in All().Where(t => t.LastLedgerSequence < open.Index || IsPast(t, open)).ToList())
            Remove(tx.Account, Place(tx));
        // Levels first: a later transaction of an account waits for the earlier one, however dear it is.
        for (var progress = true; progress;)
        {
            progress = false;
            foreach (var tx in All().OrderByDescending(FeeMarket.LevelOf).ThenBy(t => t.Hash).ToList())
            {
                if (FeeMarket.LevelOf(tx) < market.LevelFor(open.Transactions.Count)) break;
                var account = open.State.Sender(tx);
                if (account is null || (tx.TicketSequence is null && tx.Sequence != account.Sequence)) continue;
                Remove(tx.Account, Place(tx));
                progress |= open.Apply(tx).Applied;
            }
        }
    }

    /// <summary>The first sequence number that neither the ledger nor the queue has used.</summary>
    public uint NextSequence(AccountId account, uint sequence)
    {
        if (_accounts.TryGetValue(account, out var queued))
            while (queued.ContainsKey((false, sequence))) sequence++;
        return sequence;
    }

    public IEnumerable<Tx> All() => _accounts.Values.SelectMany(q => q.Values);

    /// <summary>Null when the transaction may wait here.</summary>
    private Ter? CheckQueue(Tx tx, AccountRoot account, long level, OpenLedger open, NetworkRules rules)
    {
        _accounts.TryGetValue(tx.Account, out var queued);
        if (tx.TicketSequence is { } ticket && open.State.Find(Keylets.Ticket(tx.Account, ticket)) is null)
            return ticket < account.Sequence ? Ter.NoTicket : Ter.PreTicket;
        if (tx.TicketSequence is null && tx.Sequence < account.Sequence) return Ter.PastSeq;
        if (tx.TicketSequence is null && tx.Sequence > NextSequence(tx.Account, account.Sequence)) return Ter.PreSeq;

        var replaced = queued?.GetValueOrDefault(Place(tx));
        if (replaced is not null)
        {
            if (level <= FeeMarket.LevelOf(replaced) * 125 / 100) return Ter.CanNotQueueFee;
        }
        else
        {
            if (tx.LastLedgerSequence is { } last && last < open.Index + LedgersLeftMin) return Ter.CanNotQueue;
            if (queued?.Count >= PerAccountMax || IsFull) return Ter.CanNotQueueFull;
        }
        if (tx.Has(Field.AccountTxnId)) return Ter.CanNotQueue;
        if (tx.Fee < Transactor.FeeDue(tx)) return Ter.InsufFeeP;
        var fees = (queued?.Values.Where(q => q != replaced).Sum(q => q.Fee) ?? 0) + tx.Fee;
        if (account.Balance < tx.Fee) return Ter.InsufFeeB;
        if (queued?.Count > 0 && fees > Math.Max(0, account.Balance - NetworkRules.ReserveBase)) return Ter.CanNotQueueBalance;

        // Would it apply now, were its turn? What cannot even take a fee has no place here.
        if (tx.TicketSequence is null && tx.Sequence != account.Sequence) return null;
        var trial = Transactor.Apply(tx, open.State, rules, open.Index, open.ParentCloseTime, open: true, retry: false);
        return trial.Applied ? null : trial.Result;
    }

    private static (bool Ticket, uint Number) Place(Tx tx) => (tx.TicketSequence is not null, tx.SequenceOrTicket);

    private static bool IsPast(Tx tx, OpenLedger open)
    {
        var account = open.State.Sender(tx);
        return account is null || (tx.TicketSequence is { } ticket
            ? ticket < account.Sequence && open.State.Find(Keylets.Ticket(tx.Account, ticket)) is null
            : tx.Sequence < account.Sequence);
    }

    private void Add(Tx tx)
    {
        if (!_accounts.TryGetValue(tx.Account, out var queued)) _accounts[tx.Account] = queued = [];
        if (!queued.ContainsKey(Place(tx))) Count++;
        queued[Place(tx)] = tx;
    }

    private void Remove(AccountId account, (bool, uint) place)
    {
        if (!_accounts.TryGetValue(account, out var queued) || !queued.Remove(place)) return;
        Count--;
        if (queued.Count == 0) _accounts.Remove(account);
    }
}
