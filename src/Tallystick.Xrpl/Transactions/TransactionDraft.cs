using System.Buffers.Binary;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>What every transaction has, before it is signed. The kinds below add their own fields.</summary>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/common-fields</remarks>
/// <param name="Account">The sender.</param>
public abstract record TransactionDraft(AccountId Account)
{
    /// <summary>Networks up to this id leave NetworkID out.</summary>
    public const uint NetworkIdOmittedMax = 1024;

    /// <summary>What the sender pays for it, whether it succeeds or fails with <c>tec</c>.</summary>
    public Drops Fee { get; init; }

    /// <summary>The sender's next sequence number; 0 with a ticket.</summary>
    public uint Sequence { get; init; }

    /// <summary>The ticket to use in place of the sequence number.</summary>
    public uint? TicketSequence { get; init; }

    /// <summary>The last ledger that may hold it. Without it a transaction can lie in wait for ever.</summary>
    public uint? LastLedgerSequence { get; init; }

    /// <summary>The network; written only above <see cref="NetworkIdOmittedMax"/>.</summary>
    public uint NetworkId { get; init; }

    /// <summary>Bits that change what it does.</summary>
    public uint? Flags { get; init; }

    /// <summary>A number of the sender's choice.</summary>
    public uint? SourceTag { get; init; }

    /// <summary>Notes, readable by everyone for ever.</summary>
    public IReadOnlyList<Memo> Memos { get; init; } = [];

    /// <summary>The kind, as JSON names it.</summary>
    protected abstract string Type { get; }

    /// <summary>The flags that are written; a kind may add its own.</summary>
    private protected virtual uint? FlagsWritten => Flags;

    /// <summary>The transaction, not yet signed.</summary>
    public Transaction ToTransaction()
    {
        var fields = new List<SerializedField>(16);
        Add(fields, Fields.TransactionType, (uint)NameTable.TransactionTypes.NumberOf(Type)!.Value);
        Add(fields, Fields.Account, Account);
        Add(fields, Fields.Fee, Amount.Of(Fee));
        Add(fields, Fields.Sequence, Sequence);
        Add(fields, Fields.TicketSequence, TicketSequence);
        Add(fields, Fields.LastLedgerSequence, LastLedgerSequence);
        Add(fields, Fields.NetworkId, NetworkId > NetworkIdOmittedMax ? NetworkId : null);
        Add(fields, Fields.Flags, FlagsWritten);
        Add(fields, Fields.SourceTag, SourceTag);
        if (Memos.Count > 0)
        {
            fields.Add(new SerializedField(Fields.Memos, Memo.Write(Memos)));
        }

        AddOwn(fields);
        return new Transaction(SerializedObject.Of(fields));
    }

    /// <summary>The transaction, signed.</summary>
    public Transaction Sign(KeyPair key) => ToTransaction().Sign(key);

    private protected abstract void AddOwn(List<SerializedField> fields);

    private protected static void Add(List<SerializedField> fields, Field field, uint? number)
    {
        if (number is { } value)
        {
            var bytes = new byte[field.Type switch { FieldType.UInt8 => 1, FieldType.UInt16 => 2, _ => 4 }];
            Span<byte> wide = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(wide, value);
            wide[^bytes.Length..].CopyTo(bytes);
            fields.Add(new SerializedField(field, bytes));
        }
    }

    private protected static void Add(List<SerializedField> fields, Field field, RippleTime? time) =>
        Add(fields, field, time?.Seconds);

    private protected static void Add(List<SerializedField> fields, Field field, Amount? amount)
    {
        if (amount is not null)
        {
            var bytes = new byte[amount.Length];
            amount.Write(bytes);
            fields.Add(new SerializedField(field, bytes));
        }
    }

    private protected static void Add(List<SerializedField> fields, Field field, AccountId account)
    {
        var bytes = new byte[AccountId.Bytes];
        account.CopyTo(bytes);
        fields.Add(new SerializedField(field, bytes));
    }

    private protected static void Add(List<SerializedField> fields, Field field, Hash256? hash)
    {
        if (hash is { } value)
        {
            var bytes = new byte[Hash256.Bytes];
            value.CopyTo(bytes);
            fields.Add(new SerializedField(field, bytes));
        }
    }

    private protected static void Add(List<SerializedField> fields, Field field, PublicKey? key)
    {
        if (key is { } value)
        {
            var bytes = new byte[PublicKey.Bytes];
            value.CopyTo(bytes);
            fields.Add(new SerializedField(field, bytes));
        }
    }

    private protected static void Add(List<SerializedField> fields, Field field, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is { } value)
        {
            fields.Add(new SerializedField(field, value));
        }
    }
}
