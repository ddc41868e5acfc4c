using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>Opens a payment channel and puts XRP into it.</summary>
/// <param name="Account">The payer.</param>
/// <param name="Destination">The payee.</param>
/// <param name="Amount">Drops set aside.</param>
/// <param name="SettleDelay">
/// Seconds between the payer's close request and the end. The ledger allows any number; a payee must not: at the
/// largest values the end wraps into the past.
/// </param>
/// <param name="ChannelKey">The key that signs claims.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/paymentchannelcreate</remarks>
public sealed record PaymentChannelCreate(
    AccountId Account, AccountId Destination, Drops Amount, uint SettleDelay, PublicKey ChannelKey)
    : TransactionDraft(Account)
{
    /// <summary>After this time the channel is over, whatever else happens.</summary>
    public RippleTime? CancelAfter { get; init; }

    /// <summary>A number that the payee asked for.</summary>
    public uint? DestinationTag { get; init; }

    /// <inheritdoc/>
    protected override string Type => nameof(PaymentChannelCreate);

    private protected override void AddOwn(List<SerializedField> fields)
    {
        Add(fields, Fields.Destination, Destination);
        Add(fields, Fields.Amount, Xrpl.Amount.Of(Amount));
        Add(fields, Fields.SettleDelay, SettleDelay);
        Add(fields, Fields.PublicKey, ChannelKey);
        Add(fields, Fields.CancelAfter, CancelAfter);
        Add(fields, Fields.DestinationTag, DestinationTag);
    }
}
