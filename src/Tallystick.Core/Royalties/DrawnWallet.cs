using Tallystick.Core.Ids;

namespace Tallystick.Core.Royalties;

/// <summary>
/// A wallet while a run draws on it. What a gate was granted for a licence is that licence's alone; what is owed comes out
/// of the rest before new use does; what a bank contests is nobody's.
/// </summary>
/// <param name="balance">What is prepaid.</param>
/// <param name="leased">What gates hold of it, for any licence.</param>
/// <param name="leases">The part of it of the licences that are charged.</param>
/// <param name="carries">What is kept for fractions that will be settled upwards.</param>
/// <param name="owed">Uncollected earlier.</param>
/// <param name="disputed">Withdrawn by banks that have not decided.</param>
public sealed class DrawnWallet(
    long balance, long leased, IReadOnlyDictionary<LicenceId, long> leases, long carries, long owed, long disputed)
{
    private readonly Dictionary<LicenceId, long> _used = [];
    private Int128 _leased = leased;
    private long _balance = Math.Max(0, balance);
    private long _owed = owed;

    /// <summary>What a line of new use may draw: its own lease, its own carry, and what is free.</summary>
    public long ForUse(LicenceId licence, bool hasCarry)
    {
        var own = Math.Min(_balance, Own(licence));
        var free = Unleased - _owed - (carries - (hasCarry ? 1 : 0));
        return (long)Int128.Min(_balance, own + Int128.Max(0, free));
    }

    /// <summary>What a carry that ends may draw.</summary>
    public long ForCarry => (long)Int128.Max(0, Unleased - _owed);

    /// <summary>What is there for what is owed: nobody's lease, and no fraction's cent.</summary>
    public long ForOwed => (long)Int128.Max(0, Unleased - carries);

    private Int128 Unleased => Int128.Max(0, (Int128)_balance - _leased - disputed);

    /// <summary>A line was charged: its lease is used up by what was due, and what was not there is owed.</summary>
    public void Use(LicenceId licence, long charged, long uncollected)
    {
        var used = Math.Min(Own(licence), checked(charged + uncollected));
        _used[licence] = _used.GetValueOrDefault(licence) + used;
        _leased -= used;
        Draw(charged);
        _owed = checked(_owed + uncollected);
    }

    /// <summary>What was owed is collected.</summary>
    public void Collect(long charged)
    {
        Draw(charged);
        _owed -= charged;
    }

    /// <summary>A carry ended.</summary>
    public void End(long charged, long uncollected)
    {
        Draw(charged);
        _owed = checked(_owed + uncollected);
    }

    private long Own(LicenceId licence) => leases.GetValueOrDefault(licence) - _used.GetValueOrDefault(licence);

    private void Draw(long charged) => _balance = charged <= _balance
        ? _balance - charged
        : throw new InvalidOperationException($"{charged} were drawn from a wallet that holds {_balance}.");
}
