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

    public static Ter Preflight(Tx tx)
    {
        if (tx.AmountOf(Field.LimitAmount) is not { } limit) return Ter.BadLimit;
        if (limit.IsXrp) return Ter.BadLimit;
        if (limit.Currency.IsXrp) return Ter.BadCurrency;
        if (limit.Sign < 0) return Ter.BadLimit;
        if ((tx.Flags & SetNoRipple) != 0 && (tx.Flags & ClearNoRipple) != 0) return Ter.InvalidFlag;
        if ((tx.Flags & SetFreeze) != 0 && (tx.Flags & ClearFreeze) != 0) return Ter.InvalidFlag;
        return limit.Issuer == tx.Account ? Ter.DstIsSrc : Ter.Success;
    }

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        var limit = tx.AmountOf(Field.LimitAmount)!.Value;
        var peer = limit.Issuer!.Value;
        if (context.View.Account(peer) is not { } peerRoot) return Ter.NoDst;
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
        if (limit.Value.IsZero && (tx.Flags & SetAuth) == 0 && !tx.Has(Field.QualityIn) && !tx.Has(Field.QualityOut))
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
        return (low ? line.LowQualityIn ?? line.LowQualityOut : line.HighQualityIn ?? line.HighQualityOut) is not null
            || noRipple == root.Has(AccountRoot.DefaultRipple)
            || (line.Flags & (low ? TrustLine.LowFreeze : TrustLine.HighFreeze)) != 0
            || !(low ? line.LowLimit : line.HighLimit).IsZero
            || line.BalanceOf(root.Account).Sign > 0;
    }

    private static TrustLine WithFlags(uint asked, TrustLine line, bool low)
    {
        var flags = line.Flags;
        var noRipple = low ? TrustLine.LowNoRipple : TrustLine.HighNoRipple;
        var freeze = low ? TrustLine.LowFreeze : TrustLine.HighFreeze;
        if ((asked & SetAuth) != 0) flags |= low ? TrustLine.LowAuth : TrustLine.HighAuth;
        if ((asked & SetNoRipple) != 0) flags |= noRipple;
        if ((asked & ClearNoRipple) != 0) flags &= ~noRipple;
        if ((asked & SetFreeze) != 0) flags |= freeze;
        if ((asked & ClearFreeze) != 0) flags &= ~freeze;
        return line with { Flags = flags };
    }

    private static TrustLine WithQuality(Tx tx, TrustLine line, bool low)
    {
        const uint par = 1_000_000_000;
        if (tx.UInt32(Field.QualityIn) is { } qualityIn)
        {
            uint? value = qualityIn is 0 or par ? null : qualityIn;
            line = low ? line with { LowQualityIn = value } : line with { HighQualityIn = value };
        }
        if (tx.UInt32(Field.QualityOut) is { } qualityOut)
        {
            uint? value = qualityOut is 0 or par ? null : qualityOut;
            line = low ? line with { LowQualityOut = value } : line with { HighQualityOut = value };
        }
        return line;
    }
}
