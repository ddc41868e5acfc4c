using Tallystick.LedgerSimulator.Engine;

namespace Tallystick.LedgerSimulator.Transactions;

/// <summary>Moves an issued currency over one or two trust lines.</summary>
internal static class IssuedPayment
{
    public static Ter Send(ApplyContext context)
    {
        var tx = context.Tx;
        var amount = tx.AmountOf(Field.Amount)!.Value;
        var (from, to) = (tx.Account, tx.AccountOf(Field.Destination)!.Value);
        // An issuer named as sender or destination means "any issuer that the other side trusts": here the other side.
        var issuer = amount.Issuer!.Value;
        if (issuer == to && tx.AmountOf(Field.SendMax) is { Issuer: { } named } && named != from) issuer = named;

        // Who takes deposits only by its own hand or from those it named takes no currency either.
        if (from != to && context.View.Account(to)!.Has(AccountRoot.DepositAuth)) return Ter.NoPermission;
        if (context.View.Account(issuer) is not { } issuerRoot) return Ter.PathDry;
        var wanted = amount.Value;
        var rate = from != issuer && to != issuer ? issuerRoot.TransferRate ?? 1_000_000_000 : 1_000_000_000;
        var sendable = from == issuer ? (Iou?)null : Sendable(context, from, issuer, amount.Currency);
        var receivable = to == issuer ? (Iou?)null : Receivable(context, to, issuer, amount.Currency);
        if (sendable is { Sign: <= 0 } || receivable is { Sign: <= 0 }) return Ter.PathDry;
        if (from != issuer && to != issuer && !MayPass(context, from, to, issuer, amount.Currency)) return Ter.PathDry;
        // Without SendMax the sender parts with Amount at most: a transfer fee then makes the payment partial.
        var most = tx.AmountOf(Field.SendMax)?.Value ?? wanted;
        if (sendable is null || most < sendable) sendable = most;

        var deliver = wanted;
        if (sendable is { } budget && deliver.TimesRate(rate) > budget) deliver = budget.DividedByRate(rate);
        if (receivable is { } room && room < deliver) deliver = room;
        if (deliver.Sign <= 0) return Ter.PathDry;
        if (deliver < wanted)
        {
            if ((tx.Flags & Tx.PartialPayment) == 0) return Ter.PathPartial;
            if (tx.AmountOf(Field.DeliverMin) is { } min && deliver < min.Value) return Ter.PathPartial;
            context.Delivered = amount with { Value = deliver };
        }

        if (from != issuer) Credit(context, from, issuer, amount.Currency, -deliver.TimesRate(rate));
        if (to != issuer) Credit(context, to, issuer, amount.Currency, deliver);
        return Ter.Success;
    }

    /// <summary>Adds to (or takes from) what a holder owns on its line with the issuer; a line that falls back to
    /// its default disappears.</summary>
    public static void Credit(ApplyContext context, AccountId holder, AccountId issuer, Currency currency, Iou change)
    {
        var line = Line(context, holder, issuer, currency)!;
        var balance = line.BalanceOf(holder) + change;
        line = line with { Balance = holder == line.Low ? balance : -balance };
        context.View.Put(line);
        if (balance.Sign <= 0 && change.Sign < 0) TrustSet.ReleaseWhenDefault(context, line, holder);
    }

    public static TrustLine? Line(ApplyContext context, AccountId a, AccountId b, Currency currency)
    {
        var (low, high) = a.IsBelow(b) ? (a, b) : (b, a);
        return context.View.Find<TrustLine>(Keylets.TrustLine(low, high, currency));
    }

    private static Iou Sendable(ApplyContext context, AccountId from, AccountId issuer, Currency currency)
    {
        var line = Line(context, from, issuer, currency);
        if (line is null) return Iou.Zero;
        // Beyond what it owns an account may draw on what the issuer trusts it with.
        return line.BalanceOf(from) + line.LimitOf(issuer);
    }

    private static Iou Receivable(ApplyContext context, AccountId to, AccountId issuer, Currency currency)
    {
        var line = Line(context, to, issuer, currency);
        if (line is null) return Iou.Zero;
        if (context.View.Account(issuer)!.Has(AccountRoot.RequireAuth) && line.Balance.IsZero
            && (line.Flags & (to == line.Low ? TrustLine.HighAuth : TrustLine.LowAuth)) == 0)
            return Iou.Zero;
        return line.LimitOf(to) - line.BalanceOf(to);
    }

    /// <summary>Whether an issuer passes on what one holder sends another. A freeze stops that and nothing else: issue
    /// and redemption go on, and so does receiving on a line that the issuer froze.</summary>
    private static bool MayPass(ApplyContext context, AccountId from, AccountId to, AccountId issuer, Currency currency)
    {
        var (source, target) = (Line(context, from, issuer, currency)!, Line(context, to, issuer, currency)!);
        return !IsFrozen(context, source, by: issuer) && !IsFrozen(context, target, by: to)
            && !(IsBlocked(source, issuer) && IsBlocked(target, issuer));
    }

    private static bool IsFrozen(ApplyContext context, TrustLine line, AccountId by) =>
        context.View.Account(by)!.Has(AccountRoot.GlobalFreeze)
        || (line.Flags & (by == line.Low ? TrustLine.LowFreeze : TrustLine.HighFreeze)) != 0
        // Deep: whichever side did it, nothing passes either way.
        || (line.Flags & (TrustLine.LowDeepFreeze | TrustLine.HighDeepFreeze)) != 0;

    private static bool IsBlocked(TrustLine line, AccountId issuer) =>
        (line.Flags & (issuer == line.Low ? TrustLine.LowNoRipple : TrustLine.HighNoRipple)) != 0;
}
