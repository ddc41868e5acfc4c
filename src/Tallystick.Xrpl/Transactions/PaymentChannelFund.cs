using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>Adds XRP to a channel, and may set when it expires.</summary>
/// <param name="Account">The payer.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Amount">Drops to add.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/paymentchannelfund</remarks>
public sealed record PaymentChannelFund(AccountId Account, Hash256 Channel, Drops Amount) : TransactionDraft(Account)
{
    /// <summary>A new end of the channel.</summary>
    public RippleTime? Expiration { get; init; }

    /// <inheritdoc/>
    protected override string Type => nameof(PaymentChannelFund);

    private protected override void AddOwn(List<SerializedField> fields)
    {
        Add(fields, Fields.Channel, Channel);
        Add(fields, Fields.Amount, Xrpl.Amount.Of(Amount));
        Add(fields, Fields.Expiration, Expiration);
    }
}
