namespace Tallystick.LedgerSimulator.Engine;

/// <summary>What a network's ledgers cost.</summary>
internal sealed record NetworkRules(uint NetworkId)
{
    /// <summary>All XRP there ever was, in drops.</summary>
    public const long Supply = 100_000_000_000_000_000;

    public const long BaseFee = 10;
    public const long ReserveBase = 1_000_000;
    public const long ReserveIncrement = 200_000;

    /// <summary>What an account with so many objects must keep, in drops.</summary>
    public static long Reserve(long ownerCount) => ReserveBase + ownerCount * ReserveIncrement;
}

/// <summary>One transaction being applied to one ledger.</summary>
internal sealed class ApplyContext(Tx tx, StateView below, NetworkRules rules, uint ledgerIndex, uint parentCloseTime, bool open)
{
    public Tx Tx => tx;

    public Overlay View { get; } = new(below);

    public NetworkRules Rules => rules;

    public uint LedgerIndex => ledgerIndex;

    /// <summary>Expirations are judged by it, never by the wall clock.</summary>
    public uint ParentCloseTime => parentCloseTime;

    public bool IsOpen => open;

    /// <summary>The sender's balance before the fee was taken.</summary>
    public long PriorBalance { get; set; }

    /// <summary>What arrived when that is less than what was asked for.</summary>
    public Amount? Delivered { get; set; }

    public AccountRoot Sender => View.Sender(tx)!;

    public bool IsPast(uint? time) => time is { } t && parentCloseTime >= t;

    public void Link(AccountId owner, Hash256 entry)
    {
        var index = Keylets.OwnerDirectory(owner);
        var directory = View.Find<OwnerDirectory>(index) ?? new OwnerDirectory(index, owner);
        View.Put(directory with { Entries = directory.Entries.Add(entry) });
    }

    public void Unlink(AccountId owner, Hash256 entry)
    {
        var index = Keylets.OwnerDirectory(owner);
        var directory = View.Find<OwnerDirectory>(index)!;
        var rest = directory.Entries.Remove(entry);
        if (rest.IsEmpty) View.Remove(index);
        else View.Put(directory with { Entries = rest });
    }

    public void AddOwned(AccountId owner, int objects)
    {
        var root = View.Account(owner)!;
        View.Put(root with { OwnerCount = checked((uint)(root.OwnerCount + objects)) });
    }

    public void Pay(AccountId to, long drops)
    {
        var root = to == tx.Account ? Sender : View.Account(to)!;
        View.Put(root with { Balance = checked(root.Balance + drops) });
    }
}
