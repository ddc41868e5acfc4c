using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Opens, changes and (back at its default) removes a trust line.</summary>
internal static class TrustSet
{
    private const uint SetAuth = 0x0001_0000;
    private const uint SetNoRipple = 0x0002_0000;
    private const uint ClearNoRipple = 0x0004_0000;
    private const uint SetFreeze = 0x0010_0000;
    private const uint ClearFreeze = 0x0020_0000;
    private const uint SetDeepFreeze = 0x0040_0000;
    private const uint ClearDeepFreeze = 0x0080_0000;
    private const uint Par = 1_000_000_000;

    public static Ter Preflight(Tx tx)
    {
        if (tx.AmountOf(Field.LimitAmount) is not { IsXrp: false } limit) return Ter.BadLimit;
        if (limit.Currency.IsXrpText) return Ter.BadCurrency;
        if (limit.Sign < 0) return Ter.BadLimit;
        return limit.Issuer == TrustLine.NoOne ? Ter.DstNeeded : Ter.Success;
    }

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var limit = tx.AmountOf(Field.LimitAmount)!.Value;
        var peer = limit.Issuer!.Value;
        if ((tx.Flags & SetAuth) != 0 && !context.Sender.Has(AccountRoot.RequireAuth)) return Ter.NoAuthRequired;
        if (peer == tx.Account) return Ter.DstIsSrc;
        if (context.View.Account(peer) is not { } peerRoot) return Ter.NoDst;
        var line = IssuedPayment.Line(context, tx.Account, peer, limit.Currency);
        if (line is null && peerRoot.Has(AccountRoot.DisallowIncomingTrustLine)) return Ter.NoPermission;
        return CheckFreeze(tx, context.Sender, line);
    }

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        var limit = tx.AmountOf(Field.LimitAmount)!.Value;
        var peer = limit.Issuer!.Value;
        var peerRoot = context.View.Account(peer)!;
        // The first two objects are free, so that a newcomer can hold a currency without XRP to spare.
        var owned = context.Sender.OwnerCount;
        var reserve = owned < 2 ? 0 : NetworkRules.Reserve(owned + 1);
        return IssuedPayment.Line(context, tx.Account, peer, limit.Currency) is { } line
            ? Change(context, line, limit.Value, reserve)
            : Create(context, peerRoot, limit, reserve);
    }

    /// <summary>Takes an account's reserve off a line whose own side is at its default; removes the line when
    /// nobody's reserve is left on it.</summary>
    public static void ReleaseWhenDefault(ApplyContext context, TrustLine line, AccountId account)
    {
        var low = account == line.Low;
        var flag = low ? TrustLine.LowReserve : TrustLine.HighReserve;
        if ((line.Flags & flag) == 0 || NeedsReserve(context, line, low)) return;
        context.AddOwned(account, -1);
        Save(context, line with { Flags = line.Flags & ~flag });
    }

    private static Ter Create(ApplyContext context, AccountRoot peer, Amount limit, long reserve)
    {
        var tx = context.Tx;
        if (limit.Value.IsZero && (tx.Flags & SetAuth) == 0 && tx.UInt32(Field.QualityIn) is null or 0 && tx.UInt32(Field.QualityOut) is null or 0 or Par)
            return Ter.NoLineRedundant;
        if (context.PriorBalance < reserve) return Ter.NoLineInsufReserve;
        var low = tx.Account.IsBelow(peer.Account);
        var (lowId, highId) = low ? (tx.Account, peer.Account) : (peer.Account, tx.Account);
        var flags = low ? TrustLine.LowReserve : TrustLine.HighReserve;
        if (!peer.Has(AccountRoot.DefaultRipple)) flags |= low ? TrustLine.HighNoRipple : TrustLine.LowNoRipple;
        var line = new TrustLine(Keylets.TrustLine(lowId, highId, limit.Currency), limit.Currency, lowId, highId)
        {
            Flags = flags,
            LowLimit = low ? limit.Value : Iou.Zero,
            HighLimit = low ? Iou.Zero : limit.Value,
        };
        line = WithFlags(tx.Flags, line, low);
        context.View.Put(WithQuality(tx, line, low));
        context.Link(tx.Account, line.Index);
        context.Link(peer.Account, line.Index);
        context.AddOwned(tx.Account, 1);
        return Ter.Success;
    }

    private static Ter Change(ApplyContext context, TrustLine line, Iou limit, long reserve)
    {
        var tx = context.Tx;
        var low = tx.Account == line.Low;
        // Who owes on a line cannot forbid that it passes on.
        if (IsOnlySet(tx.Flags, SetNoRipple, ClearNoRipple) && line.BalanceOf(tx.Account).Sign < 0) return Ter.NoPermission;
        line = low ? line with { LowLimit = limit } : line with { HighLimit = limit };
        line = WithQuality(tx, WithFlags(tx.Flags, line, low), low);
        var grew = false;
        foreach (var side in (ReadOnlySpan<bool>)[true, false])
        {
            var flag = side ? TrustLine.LowReserve : TrustLine.HighReserve;
            var needs = NeedsReserve(context, line, side);
            if (needs == ((line.Flags & flag) != 0)) continue;
            context.AddOwned(side ? line.Low : line.High, needs ? 1 : -1);
            line = line with { Flags = line.Flags ^ flag };
            grew |= needs && side == low;
        }
        if (grew && context.PriorBalance < reserve) return Ter.InsufReserveLine;
        Save(context, line);
        return Ter.Success;
    }

    private static void Save(ApplyContext context, TrustLine line)
    {
        if ((line.Flags & (TrustLine.LowReserve | TrustLine.HighReserve)) != 0 || !line.Balance.IsZero)
        {
            context.View.Put(line);
            return;
        }
        context.View.Remove(line.Index);
        context.Unlink(line.Low, line.Index);
        context.Unlink(line.High, line.Index);
    }

    private static bool NeedsReserve(ApplyContext context, TrustLine line, bool low)
    {
        var root = context.View.Account(low ? line.Low : line.High)!;
        var noRipple = (line.Flags & (low ? TrustLine.LowNoRipple : TrustLine.HighNoRipple)) != 0;
        var (qualityIn, qualityOut) = low ? (line.LowQualityIn, line.LowQualityOut) : (line.HighQualityIn, line.HighQualityOut);
        return qualityIn is not null and not Par || qualityOut is not null
            || noRipple == root.Has(AccountRoot.DefaultRipple)
            || (line.Flags & (low ? TrustLine.LowFreeze : TrustLine.HighFreeze)) != 0
            || !(low ? line.LowLimit : line.HighLimit).IsZero
            || line.BalanceOf(root.Account).Sign > 0;
    }

    /// <summary>What a freeze demands: no promise against it, not both ways at once, and no deep freeze on a line that is
    /// not frozen, before or after.</summary>
    private static Ter CheckFreeze(Tx tx, AccountRoot sender, TrustLine? line)
    {
        var (sets, clears) = ((tx.Flags & (SetFreeze | SetDeepFreeze)) != 0, (tx.Flags & (ClearFreeze | ClearDeepFreeze)) != 0);
        if (sets && (clears || sender.Has(AccountRoot.NoFreeze))) return Ter.NoPermission;
        var low = tx.Account == line?.Low;
        var after = line is null ? Frozen(tx.Flags, 0, 1, 2) : Frozen(tx.Flags, line.Flags, FreezeOf(low), DeepFreezeOf(low));
        var (frozen, deep) = line is null ? (1u, 2u) : (FreezeOf(low), DeepFreezeOf(low));
        return (after & deep) != 0 && (after & frozen) == 0 ? Ter.NoPermission : Ter.Success;
    }

    private static TrustLine WithFlags(uint asked, TrustLine line, bool low)
    {
        var noRipple = low ? TrustLine.LowNoRipple : TrustLine.HighNoRipple;
        var flags = Frozen(asked, line.Flags, FreezeOf(low), DeepFreezeOf(low));
        if ((asked & SetAuth) != 0) flags |= low ? TrustLine.LowAuth : TrustLine.HighAuth;
        // Asked for both ways it stays as it is.
        if (IsOnlySet(asked, SetNoRipple, ClearNoRipple)) flags |= noRipple;
        if (IsOnlySet(asked, ClearNoRipple, SetNoRipple)) flags &= ~noRipple;
        return line with { Flags = flags };
    }

    private static uint Frozen(uint asked, uint flags, uint freeze, uint deepFreeze)
    {
        if (IsOnlySet(asked, SetFreeze, ClearFreeze)) flags |= freeze;
        if (IsOnlySet(asked, ClearFreeze, SetFreeze)) flags &= ~freeze;
        if (IsOnlySet(asked, SetDeepFreeze, ClearDeepFreeze)) flags |= deepFreeze;
        if (IsOnlySet(asked, ClearDeepFreeze, SetDeepFreeze)) flags &= ~deepFreeze;
        return flags;
    }

    private static uint FreezeOf(bool low) => low ? TrustLine.LowFreeze : TrustLine.HighFreeze;

    private static uint DeepFreezeOf(bool low) => low ? TrustLine.LowDeepFreeze : TrustLine.HighDeepFreeze;

    private static bool IsOnlySet(uint asked, uint flag, uint opposite) => (asked & flag) != 0 && (asked & opposite) == 0;

    /// <summary>Zero takes a quality away. At par incoming quality is written all the same, outgoing is not: as rippled.</summary>
    private static TrustLine WithQuality(Tx tx, TrustLine line, bool low)
    {
        if (tx.UInt32(Field.QualityIn) is { } qualityIn)
        {
            uint? value = qualityIn == 0 ? null : qualityIn;
            line = low ? line with { LowQualityIn = value } : line with { HighQualityIn = value };
        }
        if (tx.UInt32(Field.QualityOut) is { } qualityOut)
        {
            uint? value = qualityOut is 0 or Par ? null : qualityOut;
            line = low ? line with { LowQualityOut = value } : line with { HighQualityOut = value };
        }
        return line;
    }
}
