using Tallystick.Xrpl;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>What a node says right after a submission.</summary>
internal sealed record SubmitResult(
    Tx Tx, Ter Result, bool Applied, bool Queued, uint NextSequence, uint AvailableSequence, long OpenLedgerCost,
    uint ValidatedLedger, ClosedTx? Known);

/// <summary>
/// One network's chain of ledgers: the closed ones, the open one, the queue and what waits to be tried again. All
/// access goes through one lock; what it hands out is immutable.
/// </summary>
internal sealed class Chain
{
    /// <summary>The genesis account of every standalone network; its secret is public ("masterpassphrase").</summary>
    public static readonly AccountId Rich = AccountId.Parse("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");

    private const uint KeptFor = 5;
    private const int LedgersMax = 20_000;
    private const int StatesMax = 256;
    private const int PendingMax = 200_000;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly SortedDictionary<uint, ClosedLedger> _ledgers = [];
    private readonly Dictionary<Hash256, ClosedTx> _transactions = [];
    private readonly Dictionary<AccountId, List<(uint Ledger, uint Position)>> _byAccount = [];
    private readonly Dictionary<Hash256, (Tx Tx, uint Until)> _pending = [];
    private readonly FeeMarket _market = new();
    private readonly TxQueue _queue;
    private List<(Tx Tx, uint Until)> _kept = [];
    private ClosedLedger _newest;
    private OpenLedger _open;

    public Chain(NetworkRules rules, TimeProvider time)
    {
        (Rules, _time) = (rules, time);
        _queue = new TxQueue(_market);
        _newest = LedgerBuilder.Genesis(Rich, LedgerBuilder.CloseTime(Now, 0));
        _ledgers[_newest.Index] = _newest;
        _open = NewOpen();
    }

    private Chain(Chain other)
    {
        (Rules, _time, _newest) = (other.Rules, other._time, other._newest);
        _queue = new TxQueue(_market);
        foreach (var (index, ledger) in other._ledgers) _ledgers[index] = ledger;
        foreach (var (hash, tx) in other._transactions) _transactions[hash] = tx;
        foreach (var (account, places) in other._byAccount) _byAccount[account] = [.. places];
        _open = NewOpen();
    }

    public NetworkRules Rules { get; }

    public FeeMarket Market => _market;

    /// <summary>A chain that shares the past of this one and nothing of its future.</summary>
    public Chain Fork()
    {
        lock (_lock) return new Chain(this);
    }

    public ClosedLedger Newest
    {
        get
        {
            lock (_lock) return _newest;
        }
    }

    public uint OpenIndex
    {
        get
        {
            lock (_lock) return _open.Index;
        }
    }

    public ClosedLedger? Find(uint index)
    {
        lock (_lock) return _ledgers.GetValueOrDefault(index);
    }

    public ClosedLedger? Find(Hash256 hash)
    {
        lock (_lock) return _ledgers.Values.LastOrDefault(l => l.Hash == hash);
    }

    public uint Oldest
    {
        get
        {
            lock (_lock) return _ledgers.Keys.First();
        }
    }

    public ClosedTx? FindTransaction(Hash256 hash)
    {
        lock (_lock) return _transactions.GetValueOrDefault(hash);
    }

    /// <summary>A transaction that was seen here and is in no closed ledger; forgotten after a while.</summary>
    public Tx? FindPending(Hash256 hash)
    {
        lock (_lock) return _pending.TryGetValue(hash, out var seen) ? seen.Tx : null;
    }

    /// <summary>Transactions that touched an account, in the order of the ledgers or against it, from a place on.</summary>
    /// <param name="account">The account.</param>
    /// <param name="from">The first ledger.</param>
    /// <param name="to">The last ledger.</param>
    /// <param name="forward">Oldest first.</param>
    /// <param name="at">The transaction to begin with, by ledger and place in it; null begins at the end of the range.</param>
    /// <param name="take">How many at most.</param>
    public List<ClosedTx> History(AccountId account, uint from, uint to, bool forward, (uint Ledger, uint Position)? at, int take)
    {
        lock (_lock)
        {
            if (!_byAccount.TryGetValue(account, out var places)) return [];
            var inRange = places.Where(p => p.Ledger >= from && p.Ledger <= to && _ledgers.ContainsKey(p.Ledger));
            if (at is { } start) inRange = inRange.Where(p => forward ? p.CompareTo(start) >= 0 : p.CompareTo(start) <= 0);
            if (!forward) inRange = inRange.Reverse();
            return [.. inRange.Take(take).Select(p => _ledgers[p.Ledger].Transactions[(int)p.Position])];
        }
    }

    /// <summary>Reads from the open ledger under the lock.</summary>
    public T ReadOpen<T>(Func<OpenLedger, TxQueue, T> read)
    {
        lock (_lock) return read(_open, _queue);
    }

    /// <summary>Takes a transaction whose signature was checked.</summary>
    public SubmitResult Submit(Tx tx)
    {
        lock (_lock)
        {
            var known = _transactions.GetValueOrDefault(tx.Hash);
            var (result, applied, queued) = _queue.Submit(tx, _open, Rules);
            if (known is null && _pending.Count < PendingMax) _pending[tx.Hash] = (tx, _open.Index + StatesMax);
            // Whatever the answer, a transaction of ours is tried again for a few ledgers.
            if (!applied && !queued && known is null) _kept.Add((tx, _open.Index + KeptFor));
            var next = _open.State.Sender(tx)?.Sequence ?? 0;
            return new(tx, result, applied, queued, next, _queue.NextSequence(tx.Account, next),
                FeeMarket.Drops(_market.LevelFor(_open.Transactions.Count)), _newest.Index, known);
        }
    }

    /// <summary>Closes the open ledger.</summary>
    public ClosedLedger Close()
    {
        lock (_lock)
        {
            var closed = LedgerBuilder.Build(
                _newest, _open.Transactions, Rules, LedgerBuilder.CloseTime(Now, _newest.CloseTime), out var left);
            Keep(closed);
            _market.Learn([.. closed.Transactions.Select(t => FeeMarket.LevelOf(t.Tx))]);
            _open = NewOpen();
            foreach (var tx in left) _queue.Submit(tx, _open, Rules);
            _queue.Refill(_open);
            RetryKept();
            return closed;
        }
    }

    /// <summary>Loses what a restarted node loses: the open ledger, the queue, what it had seen.</summary>
    public void LoseUnvalidated()
    {
        lock (_lock)
        {
            foreach (var tx in _queue.All().ToList()) _pending.Remove(tx.Hash);
            _kept = [];
            _pending.Clear();
            _open = NewOpen();
        }
    }

    private uint Now => RippleTime.From(_time.GetUtcNow()).Seconds;

    private OpenLedger NewOpen() => new(_newest.State, Rules, _newest.Index + 1, _newest.CloseTime);

    private void Keep(ClosedLedger closed)
    {
        _newest = closed;
        _ledgers[closed.Index] = closed;
        foreach (var tx in closed.Transactions)
        {
            _transactions[tx.Tx.Hash] = tx;
            _pending.Remove(tx.Tx.Hash);
            foreach (var account in Accounts(tx)) Places(account).Add((closed.Index, tx.Meta.TransactionIndex));
        }
        if (closed.Index > StatesMax && _ledgers.TryGetValue(closed.Index - StatesMax, out var old))
            _ledgers[old.Index] = old with { State = new ClosedState(System.Collections.Immutable.ImmutableDictionary<Hash256, Entry>.Empty) };
        while (_ledgers.Count > LedgersMax) Forget(_ledgers.Keys.First());
    }

    private List<(uint, uint)> Places(AccountId account) =>
        _byAccount.TryGetValue(account, out var places) ? places : _byAccount[account] = [];

    private void Forget(uint index)
    {
        foreach (var tx in _ledgers[index].Transactions)
        {
            _transactions.Remove(tx.Tx.Hash);
            foreach (var account in Accounts(tx)) Places(account).RemoveAll(p => p.Item1 == index);
        }
        _ledgers.Remove(index);
    }

    /// <summary>Whose history a transaction belongs to: every account whose entry it touched.</summary>
    private static HashSet<AccountId> Accounts(ClosedTx tx)
    {
        var accounts = new HashSet<AccountId> { tx.Tx.Account };
        foreach (var change in tx.Meta.Changes)
        {
            var entry = change.After ?? change.Before!;
            if (entry is AccountRoot root) accounts.Add(root.Account);
            foreach (var owner in entry.Owners) accounts.Add(owner);
        }
        if (tx.Tx.AccountOf(Field.Destination) is { } destination) accounts.Add(destination);
        return accounts;
    }

    private void RetryKept()
    {
        var waiting = _kept;
        _kept = [];
        foreach (var (tx, until) in waiting)
        {
            if (_open.Index > until || _transactions.ContainsKey(tx.Hash)) continue;
            var (_, applied, queued) = _queue.Submit(tx, _open, Rules);
            if (!applied && !queued) _kept.Add((tx, until));
        }
        foreach (var (hash, (tx, until)) in _pending.ToList())
            if (_open.Index > until || tx.LastLedgerSequence < _newest.Index) _pending.Remove(hash);
    }
}
