using System.Collections.Immutable;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>Builds the next closed ledger from a set of transactions, in the order that every node would use.</summary>
internal static class LedgerBuilder
{
    private const int Passes = 3;
    private const int RetryPasses = 1;

    public static ClosedLedger Genesis(AccountId rich, uint closeTime)
    {
        var index = Keylets.Account(rich);
        const long coins = NetworkRules.Supply;
        var state = new ClosedState(ImmutableDictionary<Hash256, Entry>.Empty.Add(
            index, new AccountRoot(index, rich) { Balance = coins, Sequence = 1 }));
        var first = new ClosedLedger
        {
            Index = 1, ParentHash = default, TransactionHash = default, AccountHash = index, CloseTime = 0,
            ParentCloseTime = 0, TotalCoins = coins, State = state, Transactions = [],
        };
        return first with { Index = 2, ParentHash = first.Hash, CloseTime = closeTime };
    }

    /// <summary>The close time: rounded to the resolution, and never before the parent's next second.</summary>
    public static uint CloseTime(uint now, uint parent) =>
        Math.Max((now + ClosedLedger.Resolution / 2) / ClosedLedger.Resolution * ClosedLedger.Resolution, parent + 1);

    /// <summary>Applies the set and seals the ledger.</summary>
    /// <param name="parent">The ledger before.</param>
    /// <param name="transactions">The agreed set, in any order.</param>
    /// <param name="rules">The network's rules.</param>
    /// <param name="closeTime">Of the new ledger.</param>
    /// <param name="left">Transactions that could not be applied now but may be later.</param>
    public static ClosedLedger Build(
        ClosedLedger parent, IReadOnlyList<Tx> transactions, NetworkRules rules, uint closeTime, out List<Tx> left)
    {
        var index = parent.Index + 1;
        var state = new Overlay(parent.State);
        var done = new List<ClosedTx>(transactions.Count);
        var fees = 0L;
        left = Ordered(transactions);
        var retry = true;
        for (var pass = 0; pass < Passes && left.Count > 0; pass++)
        {
            var before = done.Count;
            left = left.FindAll(tx =>
            {
                var result = Transactor.Apply(tx, state, rules, index, parent.CloseTime, open: false, retry);
                if (!result.Applied) return result.Result.IsRetry || result.Result.IsClaim;
                var changes = Metadata.Thread(result.View!, state, tx, index);
                foreach (var change in changes)
                    if (change.After is null) state.Remove(change.Index);
                    else state.Put(change.After);
                done.Add(new(tx, new Metadata(changes, (uint)done.Count, result.Result, result.Delivered), index));
                fees += tx.Fee;
                return false;
            });
            if (done.Count == before && !retry) break;
            if (done.Count == before || pass >= RetryPasses) retry = false;
        }
        return Seal(parent, index, closeTime, state, done, fees);
    }

    private static ClosedLedger Seal(
        ClosedLedger parent, uint index, uint closeTime, Overlay state, List<ClosedTx> done, long fees)
    {
        var entries = parent.State.Entries.ToBuilder();
        var commitment = new BlobWriter();
        commitment.Hash(parent.AccountHash);
        foreach (var (key, entry) in state.Changes.OrderBy(c => c.Key))
        {
            commitment.Hash(key);
            if (entry is null) entries.Remove(key);
            else entries[key] = entry;
            commitment.Hash(entry?.PreviousTxnId ?? default);
        }
        return new ClosedLedger
        {
            Index = index,
            ParentHash = parent.Hash,
            TransactionHash = ShaMap.Root(Leaves(done)),
            AccountHash = Hashing.Half(commitment.Written),
            CloseTime = closeTime,
            ParentCloseTime = parent.CloseTime,
            TotalCoins = parent.TotalCoins - fees,
            State = new ClosedState(entries.ToImmutable()),
            Transactions = done,
        };
    }

    private static List<ShaMapLeaf> Leaves(List<ClosedTx> closed)
    {
        var (meta, text) = (new BlobWriter(), new BlobWriter());
        return closed.ConvertAll(one =>
        {
            meta.Clear();
            one.Meta.Write(meta);
            text.Clear();
            text.Bytes("SND\0"u8);
            text.Prefixed(one.Tx.Blob);
            text.Prefixed(meta.Written);
            text.Hash(one.Tx.Hash);
            return new ShaMapLeaf(one.Tx.Hash, Hashing.Half(text.Written));
        });
    }

    /// <summary>By account in an order that the set itself shuffles, then by sequence, tickets last.</summary>
    private static List<Tx> Ordered(IReadOnlyList<Tx> transactions)
    {
        var salt = new byte[32];
        ShaMap.Root([.. transactions.Select(t => new ShaMapLeaf(t.Hash, t.Hash))]).CopyTo(salt);
        return [.. transactions
            .Select(t => (Tx: t, Key: Salted(t.Account, salt)))
            .OrderBy(t => t.Key).ThenBy(t => t.Tx.TicketSequence is not null).ThenBy(t => t.Tx.SequenceOrTicket)
            .ThenBy(t => t.Tx.Hash).Select(t => t.Tx)];
    }

    private static Hash256 Salted(AccountId account, byte[] salt)
    {
        Span<byte> key = stackalloc byte[32];
        key.Clear();
        account.CopyTo(key);
        for (var i = 0; i < 32; i++) key[i] ^= salt[i];
        return new Hash256(key);
    }
}
