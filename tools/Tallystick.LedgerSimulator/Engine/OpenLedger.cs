namespace Tallystick.LedgerSimulator.Engine;

/// <summary>The ledger that transactions enter before it is closed. Provisional: the closed one is built anew.</summary>
internal sealed class OpenLedger(ClosedState parent, NetworkRules rules, uint index, uint parentCloseTime)
{
    private readonly HashSet<Hash256> _hashes = [];

    public uint Index => index;

    public uint ParentCloseTime => parentCloseTime;

    public Overlay State { get; } = new(parent);

    public List<Tx> Transactions { get; } = [];

    public bool Contains(Hash256 hash) => _hashes.Contains(hash);

    public (Ter Result, bool Applied) Apply(Tx tx)
    {
        var result = Transactor.Apply(tx, State, rules, index, parentCloseTime, open: true, retry: false);
        if (!result.Applied) return (result.Result, false);
        result.View!.CommitTo(State);
        Transactions.Add(tx);
        _hashes.Add(tx.Hash);
        return (result.Result, true);
    }
}
