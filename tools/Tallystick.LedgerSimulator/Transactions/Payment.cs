using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>XRP, or one issued currency directly: issue, redeem, or through its one issuer. Currency conversion
/// needs an order book, which no node here has: such payments are refused before they come here.</summary>
internal static class Payment
{
    private const uint NoDirect = 0x0001_0000;
    private const uint LimitQuality = 0x0004_0000;

    /// <summary>Whether a payment converts between currencies or names paths.</summary>
    public static bool NeedsPaths(Tx tx)
    {
        if (tx.AmountOf(Field.Amount) is not { } amount) return false;
        var source = tx.AmountOf(Field.SendMax) ?? amount;
        return source.IsXrp != amount.IsXrp || source.Currency != amount.Currency
            || (!amount.IsXrp && tx.Has(Field.Paths))
            || (!amount.IsXrp && source.Issuer != amount.Issuer && source.Issuer != tx.Account && amount.Issuer != tx.AccountOf(Field.Destination));
    }

    public static Ter Preflight(Tx tx)
    {
        var amount = tx.AmountOf(Field.Amount)!.Value;
        var destination = tx.AccountOf(Field.Destination)!.Value;
        var max = tx.AmountOf(Field.SendMax);
        var partial = (tx.Flags & Tx.PartialPayment) != 0;
        if (!amount.IsLegal || max is { IsLegal: false }) return Ter.BadAmount;
        if (destination == default) return Ter.DstNeeded;
        if (amount.Sign <= 0 || max is { Sign: <= 0 }) return Ter.BadAmount;
        if (IsNamedXrp(amount) || (max is { } most && IsNamedXrp(most))) return Ter.BadCurrency;
        if (destination == tx.Account && (max ?? amount).Currency == amount.Currency && !tx.Has(Field.Paths))
            return Ter.Redundant;
        if (amount.IsXrp && (max ?? amount).IsXrp)
        {
            if (max is not null) return Ter.BadSendXrpMax;
            if (tx.Has(Field.Paths)) return Ter.BadSendXrpPaths;
            if (partial) return Ter.BadSendXrpPartial;
            if ((tx.Flags & LimitQuality) != 0) return Ter.BadSendXrpLimit;
            if ((tx.Flags & NoDirect) != 0) return Ter.BadSendXrpNoDirect;
        }
        if (tx.AmountOf(Field.DeliverMin) is { } min
            && (!partial || min.Sign <= 0 || min.Issuer != amount.Issuer || min.Currency != amount.Currency || min.Value > amount.Value))
            return Ter.BadAmount;
        return Ter.Success;
    }

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var amount = tx.AmountOf(Field.Amount)!.Value;
        var destination = context.View.Account(tx.AccountOf(Field.Destination)!.Value);
        if (destination is null)
        {
            if (!amount.IsXrp) return Ter.NoDst;
            if (context.IsOpen && (tx.Flags & Tx.PartialPayment) != 0) return Ter.NoDstPartial;
            return amount.Drops < NetworkRules.Reserve(0) ? Ter.NoDstInsufXrp : Ter.Success;
        }
        return destination.Has(AccountRoot.RequireDestTag) && !tx.Has(Field.DestinationTag) ? Ter.DstTagNeeded : Ter.Success;
    }

    public static Ter Apply(ApplyContext context) =>
        context.Tx.AmountOf(Field.Amount)!.Value.IsXrp ? SendXrp(context) : IssuedPayment.Send(context);

    private static bool IsNamedXrp(Amount amount) => !amount.IsXrp && amount.Currency.IsXrpText;

    private static Ter SendXrp(ApplyContext context)
    {
        var tx = context.Tx;
        var drops = tx.AmountOf(Field.Amount)!.Value.Drops;
        var to = tx.AccountOf(Field.Destination)!.Value;
        var keep = Math.Max(NetworkRules.Reserve(context.Sender.OwnerCount), tx.Fee);
        if (context.PriorBalance < drops || context.PriorBalance - drops < keep) return Ter.UnfundedPayment;

        var destination = context.View.Account(to);
        if (destination is null)
        {
            destination = new AccountRoot(Keylets.Account(to), to) { Sequence = context.LedgerIndex };
        }
        else if (destination.Has(AccountRoot.DepositAuth)
            && (drops > NetworkRules.Reserve(0) || destination.Balance > NetworkRules.Reserve(0)))
        {
            return Ter.NoPermission;
        }
        context.Pay(tx.Account, -drops);
        context.View.Put(destination with { Balance = checked(destination.Balance + drops) });
        return Ter.Success;
    }
}
