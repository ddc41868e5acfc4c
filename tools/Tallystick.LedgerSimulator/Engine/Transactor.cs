namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A change of one entry by one transaction: created (no before), modified, or deleted (no after).</summary>
/// <param name="Last">What a deleted entry was when it was deleted, changes by the same transaction included.</param>
internal readonly record struct EntryChange(Entry? Before, Entry? After, Entry? Last)
{
    public Hash256 Index => (After ?? Before!).Index;
}

/// <summary>How an application ended.</summary>
/// <param name="Applied">In the ledger: the fee is taken.</param>
internal sealed record ApplyResult(Ter Result, bool Applied, Overlay? View, Amount? Delivered);

/// <summary>
/// Applies one transaction as rippled's transactors do:
/// 1. what the blob alone tells (tem, once per transaction); 2. sequence or ticket; 3. last ledger; 4. who signed;
/// 5. fee; 6. what the state forbids; 7. take fee and sequence; 8. the transaction itself. A tec throws 8 away and keeps 7.
/// </summary>
internal static class Transactor
{
    public static ApplyResult Apply(
        Tx tx, StateView below, NetworkRules rules, uint ledgerIndex, uint parentCloseTime, bool open, bool retry)
    {
        // 1.
        var context = new ApplyContext(tx, below, rules, ledgerIndex, parentCloseTime, open);
        var early = Preflight.Check(tx, rules);
        if (!early.IsSuccess) return new(early, false, null, null);

        // 2. to 5.
        var sender = below.Sender(tx);
        if (sender is null) return new(Ter.NoAccount, false, null, null);
        var refusal = CheckOrder(context, sender) ?? CheckSigner(tx, sender) ?? CheckFee(context, sender);
        if (refusal is not null && !refusal.IsClaim) return new(refusal, false, null, null);

        // 6.
        var result = refusal ?? TransactionTypes.Preclaim(context);
        if (!result.IsSuccess && !result.IsClaim) return new(result, false, null, null);
        if (result.IsClaim && retry) return new(result, false, null, null);

        // 7. and 8.
        context.PriorBalance = sender.Balance;
        TakeFeeAndSequence(context);
        if (result.IsSuccess) result = ApplyInFull(context);
        if (result.IsSuccess) return new(result, true, context.View, context.Delivered);
        if (!result.IsClaim || retry) return new(result, false, null, null);
        context.View.Clear();
        context.Delivered = null;
        TakeFeeAndSequence(context);
        return new(result, true, context.View, null);
    }

    /// <summary>What this transaction must pay in a quiet ledger; each further signature costs the base fee again.
    /// </summary>
    public static long FeeDue(Tx tx) => tx.IsMultiSigned
        ? NetworkRules.BaseFee * (1 + tx.Items(Field.Signers).Count())
        : NetworkRules.BaseFee;

    private static Ter? CheckOrder(ApplyContext context, AccountRoot sender)
    {
        var tx = context.Tx;
        if (tx.TicketSequence is { } ticket)
        {
            if (sender.Sequence <= ticket) return Ter.PreTicket;
            if (context.View.Find(Keylets.Ticket(tx.Account, ticket)) is null) return Ter.NoTicket;
        }
        else if (sender.Sequence != tx.Sequence)
        {
            return sender.Sequence < tx.Sequence ? Ter.PreSeq : Ter.PastSeq;
        }
        if (tx.HashOf(Field.AccountTxnId) is { } prior && prior != (sender.AccountTxnId ?? default)) return Ter.WrongPrior;
        return tx.LastLedgerSequence is { } last && context.LedgerIndex > last ? Ter.MaxLedger : null;
    }

    private static Ter? CheckSigner(Tx tx, AccountRoot sender)
    {
        // No SignerListSet is supported here, so no account has a list: the real answer for such an account.
        if (tx.IsMultiSigned) return Ter.NotMultiSigning;
        if (tx.SignerId is not { } signer) return Ter.BadAuth;
        if (sender.RegularKey == signer) return null;
        if (signer != sender.Account) return Ter.BadAuth;
        return sender.Has(AccountRoot.DisableMaster) ? Ter.MasterDisabled : null;
    }

    private static Ter? CheckFee(ApplyContext context, AccountRoot sender)
    {
        var fee = context.Tx.Fee;
        if (context.IsOpen && fee < FeeDue(context.Tx)) return Ter.InsufFeeP;
        if (sender.Balance >= fee) return null;
        return sender.Balance > 0 && !context.IsOpen ? Ter.InsuffFee : Ter.InsufFeeB;
    }

    /// <summary>An account that asked for it remembers its last transaction that was applied in full; one that only
    /// cost its fee is not remembered.</summary>
    private static Ter ApplyInFull(ApplyContext context)
    {
        if (context.Sender is { AccountTxnId: not null } sender) context.View.Put(sender with { AccountTxnId = context.Tx.Hash });
        return TransactionTypes.Apply(context);
    }

    private static void TakeFeeAndSequence(ApplyContext context)
    {
        var tx = context.Tx;
        var sender = context.Sender;
        sender = sender with { Balance = sender.Balance - Math.Min(tx.Fee, sender.Balance) };
        if (tx.TicketSequence is not { } ticket)
        {
            context.View.Put(sender with { Sequence = checked(tx.Sequence + 1) });
            return;
        }
        var index = Keylets.Ticket(tx.Account, ticket);
        context.View.Put(sender with { TicketCount = sender.TicketCount - 1, OwnerCount = sender.OwnerCount - 1 });
        context.View.Remove(index);
        context.Unlink(tx.Account, index);
    }
}
