using System.Collections.Frozen;
using System.Globalization;

namespace Tallystick.Xrpl.Codec;

/// <summary>
/// The field table, which is data (<c>Definitions/fields.txt</c>, the ledger's own definitions), and by name the
/// fields that this library reads itself.
/// </summary>
public static class Fields
{
    private static readonly Field[] Table = Load();

    private static readonly FrozenDictionary<string, Field> Named =
        Table.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);

    private static readonly Field?[] ByOrdinal = Index();

    /// <summary>Every serialised field in canonical order.</summary>
    public static IReadOnlyList<Field> All => Table;

    /// <summary>The kind of transaction.</summary>
    public static Field TransactionType { get; } = ByName("TransactionType");

    /// <summary>The kind of ledger entry.</summary>
    public static Field LedgerEntryType { get; } = ByName("LedgerEntryType");

    /// <summary>The code of a result, in metadata.</summary>
    public static Field TransactionResult { get; } = ByName("TransactionResult");

    /// <summary>What a delegate may do.</summary>
    public static Field PermissionValue { get; } = ByName("PermissionValue");

    /// <summary>The network, on networks above 1024.</summary>
    public static Field NetworkId { get; } = ByName("NetworkID");

    /// <summary>Bits that change what a transaction does.</summary>
    public static Field Flags { get; } = ByName("Flags");

    /// <summary>A number of the sender's choice.</summary>
    public static Field SourceTag { get; } = ByName("SourceTag");

    /// <summary>The sender's sequence number, 0 with a ticket.</summary>
    public static Field Sequence { get; } = ByName("Sequence");

    /// <summary>A number that the receiver asked for.</summary>
    public static Field DestinationTag { get; } = ByName("DestinationTag");

    /// <summary>Seconds between a close request and the end of a channel.</summary>
    public static Field SettleDelay { get; } = ByName("SettleDelay");

    /// <summary>The last ledger that may hold the transaction.</summary>
    public static Field LastLedgerSequence { get; } = ByName("LastLedgerSequence");

    /// <summary>The ticket used in place of a sequence number.</summary>
    public static Field TicketSequence { get; } = ByName("TicketSequence");

    /// <summary>How many tickets to make.</summary>
    public static Field TicketCount { get; } = ByName("TicketCount");

    /// <summary>A change by the close of this time.</summary>
    public static Field CancelAfter { get; } = ByName("CancelAfter");

    /// <summary>When something ends.</summary>
    public static Field Expiration { get; } = ByName("Expiration");

    /// <summary>An account flag to set.</summary>
    public static Field SetFlag { get; } = ByName("SetFlag");

    /// <summary>An account flag to clear.</summary>
    public static Field ClearFlag { get; } = ByName("ClearFlag");

    /// <summary>Quality of incoming balances on a trust line.</summary>
    public static Field QualityIn { get; } = ByName("QualityIn");

    /// <summary>Quality of outgoing balances on a trust line.</summary>
    public static Field QualityOut { get; } = ByName("QualityOut");

    /// <summary>The invoice a payment is for.</summary>
    public static Field InvoiceId { get; } = ByName("InvoiceID");

    /// <summary>The channel a transaction is about.</summary>
    public static Field Channel { get; } = ByName("Channel");

    /// <summary>An amount.</summary>
    public static Field Amount { get; } = ByName("Amount");

    /// <summary>A balance.</summary>
    public static Field Balance { get; } = ByName("Balance");

    /// <summary>The limit of a trust line.</summary>
    public static Field LimitAmount { get; } = ByName("LimitAmount");

    /// <summary>The fee.</summary>
    public static Field Fee { get; } = ByName("Fee");

    /// <summary>The most that may be spent.</summary>
    public static Field SendMax { get; } = ByName("SendMax");

    /// <summary>The least that must be delivered.</summary>
    public static Field DeliverMin { get; } = ByName("DeliverMin");

    /// <summary>What was delivered, in metadata.</summary>
    public static Field DeliveredAmount { get; } = ByName("DeliveredAmount");

    /// <summary>A public key.</summary>
    public static Field PublicKey { get; } = ByName("PublicKey");

    /// <summary>The key that signed, empty when several did.</summary>
    public static Field SigningPubKey { get; } = ByName("SigningPubKey");

    /// <summary>The signature of a transaction.</summary>
    public static Field TxnSignature { get; } = ByName("TxnSignature");

    /// <summary>The signature of a claim.</summary>
    public static Field Signature { get; } = ByName("Signature");

    /// <summary>A domain, lower-case ASCII.</summary>
    public static Field Domain { get; } = ByName("Domain");

    /// <summary>The sender.</summary>
    public static Field Account { get; } = ByName("Account");

    /// <summary>The receiver.</summary>
    public static Field Destination { get; } = ByName("Destination");

    /// <summary>Several signatures.</summary>
    public static Field Signers { get; } = ByName("Signers");

    /// <summary>One of several signatures.</summary>
    public static Field Signer { get; } = ByName("Signer");

    /// <summary>The account that acts in place of the sender.</summary>
    public static Field Delegate { get; } = ByName("Delegate");

    /// <summary>The other party that a transaction needs the consent of.</summary>
    public static Field Counterparty { get; } = ByName("Counterparty");

    /// <summary>The account that pays a transaction's fee or reserve for the sender.</summary>
    public static Field Sponsor { get; } = ByName("Sponsor");

    /// <summary>The sponsor's own signature; empty inside a batch, where it says that the sponsor signs the batch.</summary>
    public static Field SponsorSignature { get; } = ByName("SponsorSignature");

    /// <summary>Transactions inside a batch.</summary>
    public static Field RawTransactions { get; } = ByName("RawTransactions");

    /// <summary>One transaction inside a batch.</summary>
    public static Field RawTransaction { get; } = ByName("RawTransaction");

    /// <summary>Signatures of a batch's other accounts.</summary>
    public static Field BatchSigners { get; } = ByName("BatchSigners");

    /// <summary>One account's signature of a batch.</summary>
    public static Field BatchSigner { get; } = ByName("BatchSigner");

    /// <summary>Notes of the sender.</summary>
    public static Field Memos { get; } = ByName("Memos");

    /// <summary>One note.</summary>
    public static Field Memo { get; } = ByName("Memo");

    /// <summary>The kind of a note.</summary>
    public static Field MemoType { get; } = ByName("MemoType");

    /// <summary>The content of a note.</summary>
    public static Field MemoData { get; } = ByName("MemoData");

    /// <summary>The format of a note.</summary>
    public static Field MemoFormat { get; } = ByName("MemoFormat");

    internal static Field ObjectEnd { get; } = ByName("ObjectEndMarker");

    internal static Field ArrayEnd { get; } = ByName("ArrayEndMarker");

    /// <summary>The field of this name.</summary>
    /// <exception cref="XrplFormatException">There is none.</exception>
    public static Field ByName(string name) =>
        TryByName(name) ?? throw new XrplFormatException("no field of the ledger", name);

    /// <summary>The field of this name, or null.</summary>
    public static Field? TryByName(string name) => Named.GetValueOrDefault(name);

    internal static Field? TryByCode(int type, int code) => ByOrdinal[(type << 8) | code];

    private static Field?[] Index()
    {
        var index = new Field?[1 << 16];
        foreach (var field in Table)
        {
            index[field.Ordinal] = field;
        }

        return index;
    }

    private static Field[] Load() =>
    [
        .. DefinitionText.Rows("fields.txt")
            .Select(static row => new Field(
                Enum.Parse<FieldType>(row[0]),
                byte.Parse(row[1], CultureInfo.InvariantCulture),
                row[2],
                isSigned: !row.Contains("unsigned"),
                isDecimal: row.Contains("decimal"),
                mayBeNegative: row.Contains("negative")))
            .OrderBy(static field => field.Ordinal),
    ];
}
