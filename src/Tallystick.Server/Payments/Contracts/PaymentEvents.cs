using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A one-off offer was paid: the licence can be granted.</summary>
internal sealed record PurchasePaid(PurchaseId PurchaseId, OrganisationId Buyer, OfferId OfferId, Money Gross, Money Fee)
    : IEvent
{
    public static string Type => "purchase.paid";

    string IEvent.Key => PurchaseId.ToString();
}

/// <summary>Money of a purchase went back; a full refund ends the right that was bought.</summary>
internal sealed record PurchaseRefunded(PurchaseId PurchaseId, Money Amount, bool Full) : IEvent
{
    public static string Type => "purchase.refunded";

    string IEvent.Key => PurchaseId.ToString();
}

internal sealed record WalletToppedUp(TopUpId TopUpId, OrganisationId Buyer, Money Amount) : IEvent
{
    public static string Type => "wallet.topped_up";

    string IEvent.Key => Buyer.ToString();
}

/// <summary>A buyer's bank contests a payment. <paramref name="PurchaseId"/> is null for a top-up.</summary>
internal sealed record DisputeOpened(string DisputeId, OrganisationId Buyer, PurchaseId? PurchaseId, Money Amount) : IEvent
{
    public static string Type => "dispute.opened";

    string IEvent.Key => PurchaseId?.ToString() ?? Buyer.ToString();
}

/// <summary>The bank has decided, perhaps otherwise than before.</summary>
/// <param name="Uncovered">Of a lost amount, what nothing that was still held for the payment covered.</param>
/// <param name="SharedIn">The billing run that shares the purchase: its payees bear what is uncovered; null otherwise.</param>
internal sealed record DisputeClosed(
    string DisputeId, OrganisationId Buyer, PurchaseId? PurchaseId, Money Amount, bool Lost, Money Uncovered,
    BillingRunId? SharedIn) : IEvent
{
    public static string Type => "dispute.closed";

    string IEvent.Key => PurchaseId?.ToString() ?? Buyer.ToString();
}

internal sealed record PayoutAccountUpdated(OrganisationId OrganisationId, bool CanReceive) : IEvent
{
    public static string Type => "payout_account.updated";

    string IEvent.Key => OrganisationId.ToString();
}

/// <summary>
/// What of a wallet is spoken for. Whoever promises a buyer's money to something registers one; the wallet shows the
/// balance less the sum of all.
/// </summary>
/// <param name="Held">
/// Minor units of the buyer's prepaid money in a currency. Read inside the caller's transaction: one that has a connection
/// and waits for a second one stops a server that has given out all of them.
/// </param>
internal sealed record WalletHold(Func<Tx, OrganisationId, Currency, Task<long>> Held);
