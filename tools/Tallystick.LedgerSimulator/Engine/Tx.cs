using System.Buffers.Binary;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A transaction as it came over the wire, read once.</summary>
internal sealed class Tx
{
    public const uint PartialPayment = 0x0002_0000;

    private Tx(byte[] blob, List<BlobField> fields)
    {
        Blob = blob;
        Fields = fields;
        Hash = Hashing.Prefixed("TXN\0"u8, blob);
        Kind = (TxKind)BinaryPrimitives.ReadUInt16BigEndian(blob.AsSpan(Need(Field.TransactionType).Body));
        Account = new AccountId(Slice(Need(Field.Account)));
        SenderIndex = Keylets.Account(Account);
        Fee = AmountOf(Need(Field.Fee)) is { IsXrp: true } fee ? fee.Drops : throw new BlobException("Fee is not XRP");
        Sequence = UInt32(Field.Sequence) ?? throw new BlobException("Sequence is missing");
        TicketSequence = UInt32(Field.TicketSequence);
        Flags = UInt32(Field.Flags) ?? 0;
        LastLedgerSequence = UInt32(Field.LastLedgerSequence);
        SigningPubKey = Slice(Need(Field.SigningPubKey)).ToArray();
        SignerId = Tallystick.Xrpl.PublicKey.TryRead(SigningPubKey, out var key) ? AccountId.FromPublicKey(key) : null;
    }

    public byte[] Blob { get; }

    /// <summary>The top-level fields, ascending; few enough to be searched one by one.</summary>
    public List<BlobField> Fields { get; }

    public Hash256 Hash { get; }

    public TxKind Kind { get; }

    public AccountId Account { get; }

    public long Fee { get; }

    public uint Sequence { get; }

    public uint? TicketSequence { get; }

    public uint Flags { get; }

    public uint? LastLedgerSequence { get; }

    public byte[] SigningPubKey { get; }

    /// <summary>The account that the signing key is the master key of; null when there is no such key.</summary>
    public AccountId? SignerId { get; }

    /// <summary>Where the sender's account stands in a ledger.</summary>
    public Hash256 SenderIndex { get; }

    public bool IsMultiSigned => SigningPubKey.Length == 0;

    /// <summary>What the sequence number or the ticket is in messages and queues.</summary>
    public uint SequenceOrTicket => TicketSequence ?? Sequence;

    /// <summary>Reads a blob; <see cref="BlobException"/> says what is wrong with it.</summary>
    public static Tx Read(byte[] blob)
    {
        var fields = BlobReader.Read(blob);
        Templates.Check(blob, fields);
        return new(blob, fields);
    }

    public bool Has(Field field) => Get(field) is not null;

    public uint? UInt32(Field field) => Get(field) is { } f ? BlobReader.UInt32(Blob, f) : null;

    public Amount? AmountOf(Field field) => Get(field) is { } f ? AmountOf(f) : null;

    public AccountId? AccountOf(Field field) => Get(field) is { } f ? new AccountId(Slice(f)) : null;

    public Hash256? HashOf(Field field) => Get(field) is { } f ? new Hash256(Slice(f)) : null;

    public byte? UInt8(Field field) => Get(field) is { } f ? Blob[f.Body] : null;

    /// <summary>The bytes of a field; empty when it is absent (ask <see cref="Has"/> where that matters).</summary>
    public ReadOnlySpan<byte> BytesOf(Field field) => Get(field) is { } f ? Slice(f) : default;

    /// <summary>The items of an array field, each with its own fields.</summary>
    public IEnumerable<List<BlobField>> Items(Field field) => Get(field) is { } f
        ? BlobReader.ReadArray(Blob, f.Body).Select(i => BlobReader.ReadNested(Blob, i.Body))
        : [];

    /// <summary>Whether an array field holds objects of one kind only.</summary>
    public bool HasOnly(Field list, Field kind) =>
        Get(list) is not { } f || BlobReader.ReadArray(Blob, f.Body).TrueForAll(i => i.Key == (int)kind);

    /// <summary>Those who signed in the place of one, in the order in which they stand.</summary>
    public List<(AccountId Account, byte[] Key, byte[] Signature)> Signers()
    {
        var signers = new List<(AccountId, byte[], byte[])>();
        foreach (var fields in Items(Field.Signers))
            signers.Add((Part(fields, Field.Account) is { Length: 20 } id ? new AccountId(id) : default, Part(fields, Field.SigningPubKey), Part(fields, Field.TxnSignature)));
        return signers;
    }


    public ReadOnlySpan<byte> Slice(BlobField f) => Blob.AsSpan(f.Body..f.End);

    /// <summary>Bytes that an array takes without its own header and end, as rippled counts memos.</summary>
    public int ArrayBytes(Field field) => Get(field) is { } f ? f.End - f.Body - 1 : 0;

    /// <summary>What is signed: a prefix and every field but signatures (a claim's included), in the order of the blob.
    /// </summary>
    public byte[] SigningText(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> suffix)
    {
        var text = new byte[prefix.Length + Blob.Length + suffix.Length];
        prefix.CopyTo(text);
        var length = prefix.Length;
        var from = 0;
        foreach (var skip in Fields)
        {
            if (skip.Key is not ((int)Field.TxnSignature or (int)Field.Signature or (int)Field.Signers)) continue;
            Blob.AsSpan(from..skip.Start).CopyTo(text.AsSpan(length));
            length += skip.Start - from;
            from = skip.End;
        }
        Blob.AsSpan(from).CopyTo(text.AsSpan(length));
        length += Blob.Length - from;
        suffix.CopyTo(text.AsSpan(length));
        return text[..(length + suffix.Length)];
    }

    private byte[] Part(List<BlobField> fields, Field field) =>
        fields.Find(f => f.Key == (int)field) is { End: > 0 } found ? Slice(found).ToArray() : [];

    private BlobField? Get(Field field)
    {
        foreach (var f in Fields)
            if (f.Key == (int)field) return f;
        return null;
    }

    private BlobField Need(Field field) => Get(field) ?? throw new BlobException($"{field} is missing");

    private Amount AmountOf(BlobField f)
    {
        var bytes = Slice(f);
        var first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if (bytes.Length == 8)
        {
            if (first == 0) throw new BlobException("negative zero is not canonical");
            var drops = (long)(first & 0x3FFF_FFFF_FFFF_FFFF);
            return Amount.Xrp((first & 0x4000_0000_0000_0000) != 0 ? drops : -drops);
        }
        if (bytes.Length != 48) throw new BlobException("multi-purpose tokens are not supported");
        var mantissa = (long)(first & 0x003F_FFFF_FFFF_FFFF);
        var exponent = (int)((first >> 54) & 0xFF) - 97;
        var value = mantissa == 0 ? Iou.Zero : Iou.Of((first & 0x4000_0000_0000_0000) != 0 ? mantissa : -mantissa, exponent);
        // One number, one spelling: a mantissa that is not of sixteen digits, or a zero that is not written as one, is none.
        if (value.IsZero ? first != 0x8000_0000_0000_0000 : Math.Abs(value.Mantissa) != mantissa)
            throw new BlobException("invalid currency value");
        var (currency, issuer) = (Currency.Read(bytes[8..]), new AccountId(bytes[28..]));
        if (currency.IsXrp) throw new BlobException("invalid native currency");
        return issuer == default ? throw new BlobException("invalid native account") : Amount.Issued(value, currency, issuer);
    }
}

/// <summary>Transaction types that the simulator applies; others are refused by name.</summary>
internal enum TxKind : ushort
{
    Payment = 0,
    AccountSet = 3,
    SetRegularKey = 5,
    TicketCreate = 10,
    ChannelCreate = 13,
    ChannelFund = 14,
    ChannelClaim = 15,
    TrustSet = 20,
    Clawback = 30,
}

/// <summary>Fields by type and code (rippled's sfields.macro), type in the upper half.</summary>
internal enum Field
{
    TransactionType = (1 << 16) | 2,
    NetworkId = (2 << 16) | 1,
    Flags = (2 << 16) | 2,
    SourceTag = (2 << 16) | 3,
    Sequence = (2 << 16) | 4,
    Expiration = (2 << 16) | 10,
    TransferRate = (2 << 16) | 11,
    WalletSize = (2 << 16) | 12,
    DestinationTag = (2 << 16) | 14,
    QualityIn = (2 << 16) | 20,
    QualityOut = (2 << 16) | 21,
    LastLedgerSequence = (2 << 16) | 27,
    SetFlag = (2 << 16) | 33,
    ClearFlag = (2 << 16) | 34,
    CancelAfter = (2 << 16) | 36,
    SettleDelay = (2 << 16) | 39,
    TicketCount = (2 << 16) | 40,
    TicketSequence = (2 << 16) | 41,
    EmailHash = (4 << 16) | 1,
    WalletLocator = (5 << 16) | 7,
    AccountTxnId = (5 << 16) | 9,
    InvoiceId = (5 << 16) | 17,
    Channel = (5 << 16) | 22,
    Amount = (6 << 16) | 1,
    Balance = (6 << 16) | 2,
    LimitAmount = (6 << 16) | 3,
    Fee = (6 << 16) | 8,
    SendMax = (6 << 16) | 9,
    DeliverMin = (6 << 16) | 10,
    PublicKey = (7 << 16) | 1,
    MessageKey = (7 << 16) | 2,
    SigningPubKey = (7 << 16) | 3,
    TxnSignature = (7 << 16) | 4,
    Signature = (7 << 16) | 6,
    Domain = (7 << 16) | 7,
    MemoType = (7 << 16) | 12,
    MemoData = (7 << 16) | 13,
    MemoFormat = (7 << 16) | 14,
    Account = (8 << 16) | 1,
    Destination = (8 << 16) | 3,
    RegularKey = (8 << 16) | 8,
    NFTokenMinter = (8 << 16) | 9,
    Memo = (14 << 16) | 10,
    Signers = (15 << 16) | 3,
    Memos = (15 << 16) | 9,
    Paths = (18 << 16) | 1,
    TickSize = (16 << 16) | 16,
}
