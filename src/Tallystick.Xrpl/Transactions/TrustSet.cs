using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>Says how much of an issuer's currency the account is willing to hold.</summary>
/// <param name="Account">The holder.</param>
/// <param name="LimitAmount">Currency, issuer and limit.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/trustset</remarks>
public sealed record TrustSet(AccountId Account, Amount.Issued LimitAmount) : TransactionDraft(Account)
{
    /// <summary>Value of incoming balances, in units of a billionth.</summary>
    public uint? QualityIn { get; init; }

    /// <summary>Value of outgoing balances, in units of a billionth.</summary>
    public uint? QualityOut { get; init; }

    /// <inheritdoc/>
    protected override string Type => nameof(TrustSet);

    private protected override void AddOwn(List<SerializedField> fields)
    {
        Add(fields, Fields.LimitAmount, LimitAmount);
        Add(fields, Fields.QualityIn, QualityIn);
        Add(fields, Fields.QualityOut, QualityOut);
    }
}
