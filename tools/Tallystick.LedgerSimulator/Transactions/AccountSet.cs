using System.Globalization;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Flags and settings of an account.</summary>
internal static class AccountSet
{
    private const uint RequireAuth = 2;
    private const uint DisableMaster = 4;
    private const uint RememberTransaction = 5;
    private const uint NoFreeze = 6;
    private const uint GlobalFreeze = 7;
    private const uint Minter = 10;
    private const uint AllowClawback = 16;

    private const int TickSizeMin = 3;
    private const int TickSizeMax = 16;
    private const int DomainBytesMax = 256;

    /// <summary>Ledger flags by the number that SetFlag and ClearFlag use.</summary>
    private static readonly Dictionary<uint, uint> Flags = new()
    {
        [1] = AccountRoot.RequireDestTag,
        [RequireAuth] = AccountRoot.RequireAuth,
        [3] = AccountRoot.DisallowXrp,
        [DisableMaster] = AccountRoot.DisableMaster,
        [NoFreeze] = AccountRoot.NoFreeze,
        [GlobalFreeze] = AccountRoot.GlobalFreeze,
        [8] = AccountRoot.DefaultRipple,
        [9] = AccountRoot.DepositAuth,
        [12] = 0x0400_0000,
        [13] = 0x0800_0000,
        [14] = AccountRoot.DisallowIncomingPayChan,
        [15] = AccountRoot.DisallowIncomingTrustLine,
        [AllowClawback] = AccountRoot.AllowClawback,
        [17] = 0x4000_0000,
    };

    /// <summary>The older way: transaction flags that set (first) or clear (second) what a number (third) stands for.</summary>
    private static readonly (uint SetBit, uint ClearBit, uint Number)[] ByTxFlags =
        [(0x0001_0000, 0x0002_0000, 1), (0x0004_0000, 0x0008_0000, RequireAuth), (0x0010_0000, 0x0020_0000, 3)];

    public static Ter Preflight(Tx tx)
    {
        var (set, clear) = (tx.UInt32(Field.SetFlag) ?? 0, tx.UInt32(Field.ClearFlag) ?? 0);
        if (set != 0 && set == clear) return Ter.InvalidFlag;
        foreach (var (setBit, clearBit, number) in ByTxFlags)
            if (((tx.Flags & setBit) != 0 || set == number) && ((tx.Flags & clearBit) != 0 || clear == number)) return Ter.InvalidFlag;
        if (tx.UInt32(Field.TransferRate) is { } rate && rate != 0 && rate is < 1_000_000_000 or > 2_000_000_000)
            return Ter.BadTransferRate;
        if (tx.UInt8(Field.TickSize) is { } tick && tick != 0 && tick is < TickSizeMin or > TickSizeMax) return Ter.BadTickSize;
        if (tx.BytesOf(Field.MessageKey) is { Length: > 0 } key && !Signatures.IsPublicKey(key)) return Ter.BadPublicKey;
        if (tx.BytesOf(Field.Domain).Length > DomainBytesMax) return Ter.BadDomain;
        // Whom to let mint is said with the flag, and not said when it is taken away.
        var named = tx.Has(Field.NFTokenMinter);
        return (set == Minter && !named) || (clear == Minter && named) ? Ter.Malformed : Ter.Success;
    }

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var account = context.Sender;
        var set = tx.UInt32(Field.SetFlag);
        var owns = context.View.Find(Keylets.OwnerDirectory(tx.Account)) is not null;
        var requiresAuth = set == RequireAuth || (tx.Flags & 0x0004_0000) != 0;
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
        if (set == DisableMaster && !account.Has(AccountRoot.DisableMaster))
        {
            if (!byMaster) return Ter.NeedMasterKey;
            if (account.RegularKey is null) return Ter.NoAlternativeKey;
        }
        if (set == NoFreeze && !byMaster && !account.Has(AccountRoot.DisableMaster)) return Ter.NeedMasterKey;

        account = account with { Flags = NewFlags(tx, account.Flags, set, clear) };
        if (set == RememberTransaction) account = account with { AccountTxnId = account.AccountTxnId ?? default(Hash256) };
        if (clear == RememberTransaction) account = account with { AccountTxnId = null };
        if (set == Minter) account = account with { NFTokenMinter = tx.AccountOf(Field.NFTokenMinter) };
        if (clear == Minter) account = account with { NFTokenMinter = null };
        context.View.Put(WithSettings(tx, account));
        return Ter.Success;
    }

    private static uint NewFlags(Tx tx, uint flags, uint set, uint clear)
    {
        foreach (var (setBit, clearBit, number) in ByTxFlags)
        {
            if ((tx.Flags & setBit) != 0) flags |= Flags[number];
            if ((tx.Flags & clearBit) != 0) flags &= ~Flags[number];
        }
        if (Flags.TryGetValue(set, out var on)) flags |= on;
        // No freeze and clawback are promises: once set they stay, and with the first, in the same transaction too, a
        // general freeze is not lifted any more.
        var keeps = clear is NoFreeze or AllowClawback || (clear == GlobalFreeze && (flags & AccountRoot.NoFreeze) != 0);
        return !keeps && Flags.TryGetValue(clear, out var off) ? flags & ~off : flags;
    }

    private static AccountRoot WithSettings(Tx tx, AccountRoot account)
    {
        if (tx.UInt32(Field.TransferRate) is { } rate)
            account = account with { TransferRate = rate is 0 or 1_000_000_000 ? null : rate };
        if (tx.UInt8(Field.TickSize) is { } tick)
            account = account with { TickSize = tick is 0 or TickSizeMax ? null : tick };
        if (tx.HashOf(Field.WalletLocator) is { } locator)
            account = account with { WalletLocator = locator == default ? null : locator };
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
