using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>
/// Takes XRP out of a channel, asks for its close, or both. Success does not mean that anything was paid: on an
/// expired channel it closes the channel and pays nothing. Credit the change of the channel's balance only.
/// </summary>
/// <param name="Account">Payer or payee.</param>
/// <param name="Channel">The channel.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/paymentchannelclaim</remarks>
public sealed record PaymentChannelClaim(AccountId Account, Hash256 Channel) : TransactionDraft(Account)
{
    /// <summary>Takes back a request to close (tfRenew), the payer's right.</summary>
    public const uint RenewFlag = 0x0001_0000;

    /// <summary>Asks for the close (tfClose): at once from the payee, after the settle delay from the payer.</summary>
    public const uint CloseFlag = 0x0002_0000;

    /// <summary>Drops paid out of the channel in total, once this is done.</summary>
    public Drops? Balance { get; init; }

    /// <summary>Drops that the claim's signature allows in total.</summary>
    public Drops? Amount { get; init; }

    /// <summary>The payer's signature of the claim.</summary>
    public ReadOnlyMemory<byte>? Signature { get; init; }

    /// <summary>The key of that signature.</summary>
    public PublicKey? ChannelKey { get; init; }

    /// <inheritdoc/>
    protected override string Type => nameof(PaymentChannelClaim);

    private protected override void AddOwn(List<SerializedField> fields)
    {
        Add(fields, Fields.Channel, Channel);
        Add(fields, Fields.Balance, Balance is { } balance ? Xrpl.Amount.Of(balance) : null);
        Add(fields, Fields.Amount, Amount is { } amount ? Xrpl.Amount.Of(amount) : null);
        Add(fields, Fields.Signature, Signature);
        Add(fields, Fields.PublicKey, ChannelKey);
    }
}
