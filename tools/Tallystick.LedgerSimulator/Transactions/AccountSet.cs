using System.Globalization;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Flags and settings of an account.</summary>
internal static class AccountSet
{
    private const uint DisableMaster = 4;
    private const uint NoFreeze = 6;
    private const uint AllowClawback = 16;

    /// <summary>Ledger flags by the number that SetFlag and ClearFlag use.</summary>
    private static readonly Dictionary<uint, uint> Flags = new()
    {
        [1] = AccountRoot.RequireDestTag,
        [2] = AccountRoot.RequireAuth,
        [3] = AccountRoot.DisallowXrp,
        [DisableMaster] = AccountRoot.DisableMaster,
        [NoFreeze] = AccountRoot.NoFreeze,
        [7] = AccountRoot.GlobalFreeze,
        [8] = AccountRoot.DefaultRipple,
        [9] = AccountRoot.DepositAuth,
        [12] = 0x0400_0000,
        [13] = 0x0800_0000,
        [14] = AccountRoot.DisallowIncomingPayChan,
        [15] = 0x2000_0000,
        [AllowClawback] = AccountRoot.AllowClawback,
        [17] = 0x4000_0000,
    };

    /// <summary>The older way: transaction flags that set (first) or clear (second) a ledger flag.</summary>
    private static readonly (uint Set, uint Clear, uint Flag)[] ByTxFlags =
    [
        (0x0001_0000, 0x0002_0000, AccountRoot.RequireDestTag),
        (0x0004_0000, 0x0008_0000, AccountRoot.RequireAuth),
        (0x0010_0000, 0x0020_0000, AccountRoot.DisallowXrp),
    ];

    public static Ter Preflight(Tx tx)
    {
        var (set, clear) = (tx.UInt32(Field.SetFlag) ?? 0, tx.UInt32(Field.ClearFlag) ?? 0);
        if (set != 0 && set == clear) return Ter.InvalidFlag;
        foreach (var (setBit, clearBit, _) in ByTxFlags)
            if ((tx.Flags & setBit) != 0 && (tx.Flags & clearBit) != 0) return Ter.InvalidFlag;
        if (tx.UInt32(Field.TransferRate) is { } rate && rate != 0 && rate is < 1_000_000_000 or > 2_000_000_000)
            return Ter.BadTransferRate;
        if (tx.UInt8(Field.TickSize) is { } tick && tick != 0 && tick is < 3 or > 15) return Ter.BadTickSize;
        return tx.BytesOf(Field.Domain).Length > 256 ? Ter.BadDomain : Ter.Success;
    }

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var account = context.Sender;
        var set = tx.UInt32(Field.SetFlag);
        var owns = context.View.Find(Keylets.OwnerDirectory(tx.Account)) is not null;
        var requiresAuth = set == 2 || (tx.Flags & 0x0004_0000) != 0;
        if (requiresAuth && !account.Has(AccountRoot.RequireAuth) && owns) return Ter.Owners;
        if (set == AllowClawback)
        {
            if (account.Has(AccountRoot.NoFreeze)) return Ter.NoPermission;
            if (owns) return Ter.Owners;
        }
        return set == NoFreeze && account.Has(AccountRoot.AllowClawback) ? Ter.NoPermission : Ter.Success;
    }

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        var account = context.Sender;
        var (set, clear) = (tx.UInt32(Field.SetFlag) ?? 0, tx.UInt32(Field.ClearFlag) ?? 0);
        var byMaster = tx.SignerId == tx.Account;
        if ((set is DisableMaster or NoFreeze) && !byMaster && !account.Has(AccountRoot.DisableMaster)) return Ter.NeedMasterKey;
        if (set == DisableMaster && account.RegularKey is null) return Ter.NoAlternativeKey;

        var flags = account.Flags;
        foreach (var (setBit, clearBit, flag) in ByTxFlags)
        {
            if ((tx.Flags & setBit) != 0) flags |= flag;
            if ((tx.Flags & clearBit) != 0) flags &= ~flag;
        }
        if (Flags.TryGetValue(set, out var on)) flags |= on;
        // No freeze and clawback are promises: once set they stay.
        if (clear is not (NoFreeze or AllowClawback) && Flags.TryGetValue(clear, out var off)
            && !(clear == 7 && account.Has(AccountRoot.NoFreeze)))
            flags &= ~off;
        account = account with { Flags = flags };
        context.View.Put(WithSettings(tx, account));
        return Ter.Success;
    }

    private static AccountRoot WithSettings(Tx tx, AccountRoot account)
    {
        if (tx.UInt32(Field.TransferRate) is { } rate)
            account = account with { TransferRate = rate is 0 or 1_000_000_000 ? null : rate };
        if (tx.UInt8(Field.TickSize) is { } tick)
            account = account with { TickSize = tick is 0 or 16 ? null : tick };
        if (tx.Has(Field.Domain)) account = account with { Domain = Text(tx.BytesOf(Field.Domain)) };
        if (tx.Has(Field.MessageKey)) account = account with { MessageKey = Text(tx.BytesOf(Field.MessageKey)) };
        if (tx.Has(Field.EmailHash))
        {
            var hash = tx.BytesOf(Field.EmailHash);
            account = account with { EmailHash = hash.IndexOfAnyExcept((byte)0) < 0 ? null : Text(hash) };
        }
        return account;
    }

    private static string? Text(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? null : Convert.ToHexString(bytes).ToUpper(CultureInfo.InvariantCulture);
}
