using System.Collections.Immutable;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A ledger's state, or changes laid over one.</summary>
internal abstract class StateView
{
    public abstract Entry? Find(Hash256 index);

    public T? Find<T>(Hash256 index) where T : Entry => Find(index) as T;

    public AccountRoot? Account(AccountId account) => Find<AccountRoot>(Keylets.Account(account));

    public AccountRoot? Sender(Tx tx) => Find<AccountRoot>(tx.SenderIndex);
}

/// <summary>The state of a closed ledger.</summary>
internal sealed class ClosedState(ImmutableDictionary<Hash256, Entry> entries) : StateView
{
    public ImmutableDictionary<Hash256, Entry> Entries => entries;

    public override Entry? Find(Hash256 index) => entries.GetValueOrDefault(index);
}

/// <summary>Changes over another state; committed by the caller or thrown away.</summary>
internal sealed class Overlay(StateView below) : StateView
{
    private readonly Dictionary<Hash256, Entry?> _changes = [];
    private Dictionary<Hash256, Entry>? _removed;

    public StateView Below => below;

    /// <summary>Entries written or (null) removed.</summary>
    public IReadOnlyDictionary<Hash256, Entry?> Changes => _changes;

    public override Entry? Find(Hash256 index) => _changes.TryGetValue(index, out var entry) ? entry : below.Find(index);

    public void Put(Entry entry) => _changes[entry.Index] = entry;

    public void Remove(Hash256 index)
    {
        if (Find(index) is { } last) (_removed ??= [])[index] = last;
        _changes[index] = null;
    }

    /// <summary>What a removed entry was at the end.</summary>
    public Entry? LastOf(Hash256 index) => _removed?.GetValueOrDefault(index);

    public void Clear()
    {
        _changes.Clear();
        _removed = null;
    }

    /// <summary>Writes everything into the overlay below.</summary>
    public void CommitTo(Overlay target)
    {
        foreach (var (index, entry) in _changes)
            if (entry is null) target._changes[index] = null;
            else target.Put(entry);
    }
}
