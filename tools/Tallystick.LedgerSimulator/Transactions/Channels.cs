using System.Buffers.Binary;
using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Opens a payment channel.</summary>
internal static class ChannelCreate
{
    public static Ter Preflight(Tx tx)
    {
        if (tx.AmountOf(Field.Amount) is not { IsXrp: true, Drops: > 0 }) return Ter.BadAmount;
        if (tx.AccountOf(Field.Destination) == tx.Account) return Ter.DstIsSrc;
        return Signatures.IsPublicKey(tx.BytesOf(Field.PublicKey)) ? Ter.Success : Ter.Malformed;
    }

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var source = context.Sender;
        var reserve = NetworkRules.Reserve(source.OwnerCount + 1);
        if (source.Balance < reserve) return Ter.InsufficientReserve;
        if (source.Balance - reserve < tx.AmountOf(Field.Amount)!.Value.Drops) return Ter.Unfunded;
        if (context.View.Account(tx.AccountOf(Field.Destination)!.Value) is not { } destination) return Ter.NoDst;
        if (destination.Has(AccountRoot.DisallowIncomingPayChan)) return Ter.NoPermission;
        return destination.Has(AccountRoot.RequireDestTag) && !tx.Has(Field.DestinationTag) ? Ter.DstTagNeeded : Ter.Success;
    }

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        // Strictly after, here only: a channel may be opened in the very second of its end, and the next touch ends it.
        if (tx.UInt32(Field.CancelAfter) is { } end && context.ParentCloseTime > end) return Ter.Expired;
        var destination = tx.AccountOf(Field.Destination)!.Value;
        var drops = tx.AmountOf(Field.Amount)!.Value.Drops;
        var channel = new PayChannel(
            Keylets.Channel(tx.Account, destination, tx.SequenceOrTicket), tx.Account, destination)
        {
            Amount = drops,
            PublicKey = Convert.ToHexString(tx.BytesOf(Field.PublicKey)),
            SettleDelay = tx.UInt32(Field.SettleDelay)!.Value,
            Sequence = tx.SequenceOrTicket,
            CancelAfter = tx.UInt32(Field.CancelAfter),
            SourceTag = tx.UInt32(Field.SourceTag),
            DestinationTag = tx.UInt32(Field.DestinationTag),
        };
        context.View.Put(channel);
        context.Link(tx.Account, channel.Index);
        context.Link(destination, channel.Index);
        context.Pay(tx.Account, -drops);
        context.AddOwned(tx.Account, 1);
        return Ter.Success;
    }
}

/// <summary>Adds XRP to a channel; may set its expiration.</summary>
internal static class ChannelFund
{
    public static Ter Preflight(Tx tx) =>
        tx.AmountOf(Field.Amount) is { IsXrp: true, Drops: > 0 } ? Ter.Success : Ter.BadAmount;

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        if (context.View.Find<PayChannel>(tx.HashOf(Field.Channel)!.Value) is not { } channel) return Ter.NoEntry;
        if (ChannelEnd.IsDue(context, channel)) return ChannelEnd.Close(context, channel);
        if (channel.Account != tx.Account) return Ter.NoPermission;
        if (tx.UInt32(Field.Expiration) is { } expiration)
        {
            var soonest = ChannelEnd.Settles(context, channel);
            if (channel.Expiration is { } current && current < soonest) soonest = current;
            if (expiration < soonest) return Ter.BadExpiration;
            channel = channel with { Expiration = expiration };
        }
        var drops = tx.AmountOf(Field.Amount)!.Value.Drops;
        var source = context.Sender;
        var reserve = NetworkRules.Reserve(source.OwnerCount);
        if (source.Balance < reserve) return Ter.InsufficientReserve;
        if (source.Balance - reserve < drops) return Ter.Unfunded;
        if (context.View.Account(channel.Destination) is null) return Ter.NoDst;
        context.View.Put(channel with { Amount = checked(channel.Amount + drops) });
        context.Pay(tx.Account, -drops);
        return Ter.Success;
    }
}

/// <summary>Redeems a claim, renews a channel, or asks for its end.</summary>
internal static class ChannelClaim
{
    private const uint Renew = 0x0001_0000;
    private const uint Close = 0x0002_0000;

    public static Ter Preflight(Tx tx)
    {
        var (balance, amount) = (tx.AmountOf(Field.Balance), tx.AmountOf(Field.Amount));
        if (balance is { } b && (!b.IsXrp || b.Drops <= 0)) return Ter.BadAmount;
        if (amount is { } a && (!a.IsXrp || a.Drops <= 0)) return Ter.BadAmount;
        if (balance is { } asked && amount is { } signed && asked.Drops > signed.Drops) return Ter.BadAmount;
        if ((tx.Flags & Close) != 0 && (tx.Flags & Renew) != 0) return Ter.Malformed;
        if (!tx.Has(Field.Signature)) return Ter.Success;
        if (!tx.Has(Field.PublicKey) || balance is not { } paid) return Ter.Malformed;
        var key = tx.BytesOf(Field.PublicKey);
        if (!Signatures.IsPublicKey(key)) return Ter.Malformed;
        return Signatures.Verify(key, ClaimText(tx.HashOf(Field.Channel)!.Value, (amount ?? paid).Drops), tx.BytesOf(Field.Signature))
            ? Ter.Success : Ter.BadSignature;
    }

    public static Ter Apply(ApplyContext context)
    {
        var tx = context.Tx;
        if (context.View.Find<PayChannel>(tx.HashOf(Field.Channel)!.Value) is not { } channel) return Ter.NoTarget;
        // An expired channel ends, and a claim in the same transaction pays nothing: tesSUCCESS all the same.
        if (ChannelEnd.IsDue(context, channel)) return ChannelEnd.Close(context, channel);
        if (tx.Account != channel.Account && tx.Account != channel.Destination) return Ter.NoPermission;
        if (tx.AmountOf(Field.Balance) is { } balance)
        {
            if (tx.Account == channel.Destination && !tx.Has(Field.Signature)) return Ter.BadSignature;
            if (tx.Has(Field.Signature) && Convert.ToHexString(tx.BytesOf(Field.PublicKey)) != channel.PublicKey)
                return Ter.BadSigner;
            if (balance.Drops > channel.Amount || balance.Drops <= channel.Balance) return Ter.UnfundedPayment;
            if (context.View.Account(channel.Destination) is not { } destination) return Ter.NoDst;
            if (destination.Has(AccountRoot.DepositAuth) && tx.Account != channel.Destination) return Ter.NoPermission;
            context.Pay(channel.Destination, balance.Drops - channel.Balance);
            channel = channel with { Balance = balance.Drops };
            context.View.Put(channel);
        }
        if ((tx.Flags & Renew) != 0)
        {
            if (tx.Account != channel.Account) return Ter.NoPermission;
            channel = channel with { Expiration = null };
            context.View.Put(channel);
        }
        if ((tx.Flags & Close) == 0) return Ter.Success;
        if (tx.Account == channel.Destination || channel.Balance == channel.Amount) return ChannelEnd.Close(context, channel);
        var settles = ChannelEnd.Settles(context, channel);
        if (channel.Expiration is not { } current || current > settles)
            context.View.Put(channel with { Expiration = settles });
        return Ter.Success;
    }

    /// <summary>What a claim signs: "CLM\0", the channel, and the drops in eight bytes.</summary>
    public static byte[] ClaimText(Hash256 channel, long drops)
    {
        var text = new byte[44];
        "CLM\0"u8.CopyTo(text);
        channel.CopyTo(text.AsSpan(4));
        BinaryPrimitives.WriteInt64BigEndian(text.AsSpan(36), drops);
        return text;
    }
}

/// <summary>When and how a channel ends.</summary>
internal static class ChannelEnd
{
    public static bool IsDue(ApplyContext context, PayChannel channel) =>
        context.IsPast(channel.CancelAfter) || context.IsPast(channel.Expiration);

    /// <summary>When a close request made now takes effect. Wraps at 2^32 as rippled's clock does: a settle delay
    /// near the limit lies in the past, and the channel can be closed at once.</summary>
    public static uint Settles(ApplyContext context, PayChannel channel) =>
        unchecked(context.ParentCloseTime + channel.SettleDelay);

    public static Ter Close(ApplyContext context, PayChannel channel)
    {
        context.Unlink(channel.Account, channel.Index);
        context.Unlink(channel.Destination, channel.Index);
        context.View.Remove(channel.Index);
        context.Pay(channel.Account, channel.Amount - channel.Balance);
        context.AddOwned(channel.Account, -1);
        return Ter.Success;
    }
}
