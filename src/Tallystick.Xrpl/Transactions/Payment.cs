using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>Sends value. What arrived stands in the metadata: with partial payments it can be less than Amount.</summary>
/// <param name="Account">The sender.</param>
/// <param name="Destination">The receiver.</param>
/// <param name="Amount">The most that is delivered.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/payment</remarks>
public sealed record Payment(AccountId Account, AccountId Destination, Amount Amount) : TransactionDraft(Account)
{
    /// <summary>The flag that allows less than Amount to be delivered (tfPartialPayment).</summary>
    public const uint PartialPaymentFlag = 0x0002_0000;

    /// <summary>A number that the receiver asked for; 0 is not the same as none.</summary>
    public uint? DestinationTag { get; init; }

    /// <summary>The invoice it is for: ties it to something that the receiver issued.</summary>
    public Hash256? InvoiceId { get; init; }

    /// <summary>The most that the sender spends; needed when Amount is not XRP.</summary>
    public Amount? SendMax { get; init; }

    /// <summary>The least that must arrive, with <see cref="PartialPaymentFlag"/>.</summary>
    public Amount? DeliverMin { get; init; }

    /// <inheritdoc/>
    protected override string Type => nameof(Payment);

    private protected override void AddOwn(List<SerializedField> fields)
    {
        Add(fields, Fields.Destination, Destination);
        Add(fields, Fields.Amount, Amount);
        Add(fields, Fields.DestinationTag, DestinationTag);
        Add(fields, Fields.InvoiceId, InvoiceId);
        Add(fields, Fields.SendMax, SendMax);
        Add(fields, Fields.DeliverMin, DeliverMin);
    }
}
