using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>An issuer takes its currency back. The amount's issuer field names the holder. The payment that brought
/// it there stays a success: issued currencies carry credit risk.</summary>
internal static class Clawback
{
    public static Ter Preflight(Tx tx)
    {
        var amount = tx.AmountOf(Field.Amount)!.Value;
        if (amount.IsXrp) return Ter.BadAmount;
        return amount.Issuer == tx.Account || amount.Sign <= 0 ? Ter.BadAmount : Ter.Success;
    }

    public static Ter Preclaim(ApplyContext context)
    {
        var tx = context.Tx;
        var amount = tx.AmountOf(Field.Amount)!.Value;
        var holder = amount.Issuer!.Value;
        if (context.View.Account(holder) is null) return Ter.NoAccount;
        var issuer = context.Sender;
        if (!issuer.Has(AccountRoot.AllowClawback) || issuer.Has(AccountRoot.NoFreeze)) return Ter.NoPermission;
        if (IssuedPayment.Line(context, holder, tx.Account, amount.Currency) is not { } line) return Ter.NoLine;
        return line.BalanceOf(holder).Sign switch
        {
            // The other way round: it is the sender who owes there, and nobody claws back from its creditor.
            < 0 => Ter.NoPermission,
            0 => Ter.InsufficientFunds,
            _ => Ter.Success,
        };
    }

    public static Ter Apply(ApplyContext context)
    {
        var amount = context.Tx.AmountOf(Field.Amount)!.Value;
        var holder = amount.Issuer!.Value;
        var owned = IssuedPayment.Line(context, holder, context.Tx.Account, amount.Currency)!.BalanceOf(holder);
        var taken = owned < amount.Value ? owned : amount.Value;
        IssuedPayment.Credit(context, holder, context.Tx.Account, amount.Currency, -taken);
        return Ter.Success;
    }
}
