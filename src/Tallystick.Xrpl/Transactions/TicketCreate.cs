using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>Sets sequence numbers aside, so that later transactions need not wait for each other.</summary>
/// <param name="Account">The account.</param>
/// <param name="TicketCount">How many, 1 to 250.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/ticketcreate</remarks>
public sealed record TicketCreate(AccountId Account, uint TicketCount) : TransactionDraft(Account)
{
    /// <inheritdoc/>
    protected override string Type => nameof(TicketCreate);

    private protected override void AddOwn(List<SerializedField> fields) =>
        Add(fields, Fields.TicketCount, TicketCount);
}
