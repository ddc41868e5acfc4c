using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using static Tallystick.Server.Payments.GatewayLines;

namespace Tallystick.Server.Payments;

/// <summary>The postings of money that goes back to a buyer, by whichever way, and of what becomes of it. Pure.</summary>
internal static class RefundPostings
{
    /// <summary>
    /// Money went back to the buyer, out of the account that held it. What that lacks the buyer has used: of a wallet it is their
    /// debt, else a task for a person.
    /// </summary>
    public static JournalEntry Refunded(
        string refund, LedgerAccount from, long held, LedgerAccount rest, Money amount, bool available, DateTimeOffset at,
        Money? settled = null)
    {
        var covered = Math.Min(held, amount.Minor);
        return new(
            "payment.refunded",
            $"refund/{refund}",
            at,
            [
                from.Debit(covered),
                rest.Debit(amount.Minor - covered),
                .. Received(-amount, -(settled ?? amount), Money.Zero((settled ?? amount).Currency), available),
            ]);
    }

    /// <summary>What was refunded of a sale that had been shared is the operator's loss: the operator has said so.</summary>
    public static JournalEntry RefundBorneByOperator(string reference, Money amount, DateTimeOffset at) => new(
        "payment.refund_borne",
        reference,
        at,
        [
            LedgerAccount.Of(AccountKind.OperatorLoss, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.Suspense, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The bank sent back what somebody had borne: each line comes back.</summary>
    public const string RefundBorneUndone = "payment.refund_borne_undone";

    /// <summary>A refund that had succeeded came back from the bank: to what had borne it.</summary>
    public static JournalEntry RefundReturned(
        string refund, LedgerAccount to, LedgerAccount rest, long uncovered, Money amount, bool available, DateTimeOffset at,
        Money? settled = null) => new(
        "payment.refund_returned",
        $"refund/{refund}/returned",
        at,
        [
            .. Received(amount, settled ?? amount, Money.Zero((settled ?? amount).Currency), available),
            to.Credit(amount.Minor - uncovered),
            rest.Credit(uncovered),
        ]);

    /// <summary>
    /// A creator took a sold licence back: what was not used of it is set aside for the buyer, from what is deferred, else from the
    /// operator's fee in proportion and the creator alone. What nothing covers is borne as the operator has decided.
    /// </summary>
    public static JournalEntry RevocationRefundAsked(
        RevocationPlan plan, OrganisationId buyer, OrganisationId creator, MissingBearer bearer, DateTimeOffset at)
    {
        var (cover, currency) = (plan.Cover, plan.Currency);
        var (owes, loses) = bearer == MissingBearer.Operator ? (0, cover.Missing) : (cover.Missing, 0L);
        return new(
            "purchase.revocation_refund",
            RevocationReference(plan.PurchaseId),
            at,
            [
                LedgerAccount.Deferred(plan.PurchaseId, currency).Debit(cover.Deferred),
                LedgerAccount.Of(AccountKind.PlatformFee, currency).Debit(cover.Fee),
                LedgerAccount.Of(AccountKind.Holdback, creator, currency).Debit(cover.HeldBack),
                LedgerAccount.Of(AccountKind.CreatorPayable, creator, currency).Debit(cover.Payable),
                LedgerAccount.Of(AccountKind.CreatorDebt, creator, currency).Debit(cover.Unsent + owes),
                LedgerAccount.Of(AccountKind.OperatorLoss, currency).Debit(loses),
                LedgerAccount.Of(AccountKind.RefundInTransit, buyer, currency).Credit(cover.Total),
            ]);
    }

    /// <summary>The card does not take it: it is the buyer's all the same.</summary>
    public static JournalEntry RevocationRefundToWallet(PurchaseId purchase, OrganisationId buyer, Money amount, DateTimeOffset at, string after = "") => new(
        "purchase.revocation_refund_to_wallet",
        $"{RevocationReference(purchase)}/wallet{after}",
        at,
        [
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The buyer got the money by another way: each line comes back.</summary>
    public const string RevocationRefundUndone = "purchase.revocation_refund_undone";

    public static string RevocationReference(PurchaseId purchase) => $"purchase/{purchase}/revocation-refund";

    /// <summary>
    /// A buyer wants unused money back: it leaves the wallet before it is sent. A fee makes up for what the gateway keeps of the
    /// payments it came from.
    /// </summary>
    public static JournalEntry WalletRefundAsked(
        WalletRefundId refund, OrganisationId buyer, Money amount, DateTimeOffset at, long fee = 0) => new(
        "wallet.refund_asked",
        $"wallet-refund/{refund}/asked",
        at,
        [
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Debit(amount.Minor),
            Fees(amount.Currency).Credit(fee),
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Credit(amount.Minor - fee),
        ]);

    /// <summary>A refund came back from the bank after it had succeeded: then nothing was given back, and the fee is the buyer's.</summary>
    public static JournalEntry WalletRefundFeeReturned(string part, OrganisationId buyer, Money fee, DateTimeOffset at) => new(
        "wallet.refund_fee_returned",
        $"wallet-refund/{part}/fee-returned",
        at,
        [
            Fees(fee.Currency).Debit(fee.Minor),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, fee.Currency).Credit(fee.Minor),
        ]);

    /// <summary>The gateway refused a part of it for good: it is the wallet's again.</summary>
    public static JournalEntry WalletRefundDropped(
        string part, OrganisationId buyer, Money amount, DateTimeOffset at, long fee = 0) => new(
        "wallet.refund_dropped",
        $"wallet-refund/{part}/dropped",
        at,
        [
            LedgerAccount.Of(AccountKind.RefundInTransit, buyer, amount.Currency).Debit(amount.Minor - fee),
            Fees(amount.Currency).Debit(fee),
            LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, amount.Currency).Credit(amount.Minor),
        ]);
}
