using System.Buffers;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>
/// Two to eight transactions that are applied one right behind the other in one ledger (amendment BatchV1_1). The sender
/// pays for all: twice the base fee, what each transaction inside costs, and the base fee for each signature in it. The
/// batch itself succeeds whatever becomes of those inside; each of them stands in the ledger with its own result.
/// </summary>
/// <param name="Account">The sender of the batch.</param>
/// <param name="Mode">What happens when one of them fails.</param>
/// <param name="Transactions">The transactions, each made by <see cref="Inner(Transaction)"/>.</param>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/batch</remarks>
public sealed record Batch(AccountId Account, BatchMode Mode, IReadOnlyList<Transaction> Transactions) : TransactionDraft(Account)
{
    /// <summary>Marks a transaction inside a batch (tfInnerBatchTxn): by itself no server takes it.</summary>
    public const uint InnerFlag = 0x4000_0000;

    /// <summary>The fewest transactions of a batch.</summary>
    public const int TransactionsMin = 2;

    /// <summary>The most transactions of a batch.</summary>
    public const int TransactionsMax = 8;

    /// <inheritdoc/>
    protected override string Type => BatchSignature.TransactionType;

    private protected override uint? FlagsWritten => (Flags ?? 0) | (uint)Mode;

    /// <summary>A transaction as it stands in a batch: marked, free, and without any signature of its own.</summary>
    public static Transaction Inner(TransactionDraft draft) => Inner(draft.ToTransaction());

    /// <summary>A transaction as it stands in a batch: marked, free, and without any signature of its own.</summary>
    public static Transaction Inner(Transaction transaction) => new(transaction.Fields
        .Without(Fields.TxnSignature)
        .Without(Fields.Signers)
        .With(Fields.Flags, (transaction.Fields.Number(Fields.Flags) ?? 0) | InnerFlag)
        .With(Fields.Fee, "0")
        .With(Fields.SigningPubKey, ReadOnlyMemory<byte>.Empty));

    private protected override void AddOwn(List<SerializedField> fields)
    {
        CheckList();
        var list = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Transactions.Count; i++)
        {
            CheckInner(Transactions[i], $"{Fields.RawTransactions}[{i}]");
            BlobWriter.Write(list, Fields.RawTransaction, Transactions[i].Blob.Span);
        }

        fields.Add(new SerializedField(Fields.RawTransactions, list.WrittenSpan.ToArray()));
    }

    private void CheckList()
    {
        if (!Enum.IsDefined(Mode))
        {
            throw new XrplFormatException($"{Mode} is none of the four modes", nameof(Mode));
        }

        if (Transactions.Count is < TransactionsMin or > TransactionsMax)
        {
            throw new XrplFormatException(
                $"{Transactions.Count} transactions, where {TransactionsMin} to {TransactionsMax} are possible", Fields.RawTransactions.Name);
        }

        if (Transactions.DistinctBy(static one => one.Hash).Count() < Transactions.Count)
        {
            throw new XrplFormatException("a transaction stands twice", Fields.RawTransactions.Name);
        }

        // In these two modes all of them may be applied, which two with one number cannot.
        if (Mode is BatchMode.AllOrNothing or BatchMode.UntilFailure
            && Transactions.DistinctBy(static one => (one.Account, one.SequenceOrTicket)).Count() < Transactions.Count)
        {
            throw new XrplFormatException("two transactions of one account have the same sequence number or ticket", Fields.RawTransactions.Name);
        }
    }

    private static void CheckInner(Transaction inner, string where)
    {
        var fields = inner.Fields;
        var problem =
            inner.Type == BatchSignature.TransactionType ? "a batch cannot stand in a batch"
            : ((fields.Number(Fields.Flags) ?? 0) & InnerFlag) == 0 ? "lacks the flag of a transaction inside a batch"
            : fields.Has(Fields.TxnSignature) || fields.Has(Fields.Signers) ? "has a signature of its own"
            : fields.Value(Fields.SigningPubKey) is not { Length: 0 } ? "its SigningPubKey must be there and empty"
            : fields.Amount(Fields.Fee) is not Xrpl.Amount.Xrp { SignedDrops: 0 } ? "its fee must be 0: the batch pays"
            : fields.Number(Fields.Sequence) is > 0 == fields.Has(Fields.TicketSequence) ? "needs either a sequence number or a ticket"
            : null;
        if (problem is not null)
        {
            throw new XrplFormatException(problem, where);
        }
    }
}
