using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>Changes settings of the account; with nothing but a memo it is the cheapest way to leave a note.</summary>
/// <param name="Account">The account.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/accountset</remarks>
public sealed record AccountSet(AccountId Account) : TransactionDraft(Account)
{
    /// <summary>An account flag to switch on.</summary>
    public uint? SetFlag { get; init; }

    /// <summary>An account flag to switch off.</summary>
    public uint? ClearFlag { get; init; }

    /// <summary>The domain that owns the account, lower-case ASCII.</summary>
    public ReadOnlyMemory<byte>? Domain { get; init; }

    /// <inheritdoc/>
    protected override string Type => nameof(AccountSet);

    private protected override void AddOwn(List<SerializedField> fields)
    {
        Add(fields, Fields.SetFlag, SetFlag);
        Add(fields, Fields.ClearFlag, ClearFlag);
        Add(fields, Fields.Domain, Domain);
    }
}
