using System.Buffers;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>A transaction: its fields, what its signatures cover, and its hash.</summary>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions</remarks>
public sealed class Transaction
{
    private Hash256? _hash;
    private byte[]? _blob;

    /// <summary>Takes the fields of a transaction.</summary>
    /// <exception cref="XrplFormatException">TransactionType or Account is missing.</exception>
    public Transaction(SerializedObject fields)
    {
        Fields = fields;
        Type = fields.Number(Codec.Fields.TransactionType) is { } type
            ? NameTable.TransactionTypes.NameOf((int)type) ?? $"{type}"
            : throw new XrplFormatException("is missing", Codec.Fields.TransactionType.Name);
        if (!fields.Has(Codec.Fields.Account))
        {
            throw new XrplFormatException("is missing", Codec.Fields.Account.Name);
        }
    }

    /// <summary>The fields.</summary>
    public SerializedObject Fields { get; }

    /// <summary>The kind, <c>Payment</c> for example, or its number when it is not known here.</summary>
    public string Type { get; }

    /// <summary>The sender; null in some pseudo-transactions.</summary>
    public AccountId? Account => Fields.Account(Codec.Fields.Account);

    /// <summary>Who acts, and whose signature it takes: the delegate where one is named, else the sender.</summary>
    public AccountId? Initiator => Fields.Account(Codec.Fields.Delegate) ?? Account;

    /// <summary>The sequence number, or in its place the ticket.</summary>
    public uint SequenceOrTicket =>
        Fields.Number(Codec.Fields.Sequence) is > 0 and { } sequence ? sequence : Fields.Number(Codec.Fields.TicketSequence) ?? 0;

    /// <summary>Whether several signers signed in place of one.</summary>
    public bool IsMultiSigned => Fields.Value(Codec.Fields.SigningPubKey) is { Length: 0 } && Fields.Has(Codec.Fields.Signers);

    /// <summary>The key that signed; null when there is none or several signed.</summary>
    public PublicKey? SigningKey =>
        Fields.Value(Codec.Fields.SigningPubKey) is { } bytes && PublicKey.TryRead(bytes.Span, out var key) ? key : null;

    /// <summary>The blob that is submitted.</summary>
    public ReadOnlyMemory<byte> Blob => _blob ??= Fields.ToBytes();

    /// <summary>SHA512Half(<c>TXN\0</c> ‖ blob). It changes when signatures are added.</summary>
    public Hash256 Hash => _hash ??= HashOf(Blob.Span);

    /// <summary>Reads a blob.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong and where.</exception>
    public static Transaction Parse(ReadOnlyMemory<byte> blob) => new(SerializedObject.Parse(blob));

    /// <summary>Reads a blob in hexadecimal.</summary>
    /// <exception cref="XrplFormatException">Says what is wrong and where.</exception>
    public static Transaction ParseHex(string hex) => new(SerializedObject.ParseHex(hex));

    /// <summary>The hash of a blob, without looking inside.</summary>
    public static Hash256 HashOf(ReadOnlySpan<byte> blob)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(blob.Length + sizeof(uint));
        "TXN\0"u8.CopyTo(buffer);
        blob.CopyTo(buffer.AsSpan(sizeof(uint)));
        var hash = Hash256.Of(buffer.AsSpan(0, blob.Length + sizeof(uint)));
        ArrayPool<byte>.Shared.Return(buffer);
        return hash;
    }

    /// <summary>What a single signature covers: <c>STX\0</c> and every field that is signed.</summary>
    public byte[] SigningData() => Signed("STX\0"u8, []);

    /// <summary>What one of several signers covers: <c>SMT\0</c>, every field that is signed, the signer's account.</summary>
    public byte[] MultiSigningData(AccountId signer)
    {
        Span<byte> suffix = stackalloc byte[AccountId.Bytes];
        signer.CopyTo(suffix);
        return Signed("SMT\0"u8, suffix);
    }

    /// <summary>
    /// Signs alone: sets SigningPubKey, then TxnSignature. Whether the key may sign for the account is the ledger's
    /// affair: it may be a regular key.
    /// </summary>
    public Transaction Sign(KeyPair key)
    {
        var encoded = new byte[PublicKey.Bytes];
        key.PublicKey.CopyTo(encoded);
        var unsigned = Fields.Without(Codec.Fields.Signers).With(Codec.Fields.SigningPubKey, encoded.AsMemory());
        var signature = key.Sign(new Transaction(unsigned).SigningData());
        return new Transaction(unsigned.With(Codec.Fields.TxnSignature, signature.AsMemory()));
    }

    /// <summary>
    /// Whether the signatures hold. Alone: TxnSignature by SigningPubKey. By several: no TxnSignature, 1 to 32 signers
    /// in rising order of account, none of them the one they sign for, every signature good. A batch also needs the
    /// signature of every other account that its transactions act for. Which signers an account accepts stands in the
    /// ledger, not here.
    /// </summary>
    public bool VerifySignatures(CryptoSuite? suite = null) =>
        VerifyOwnSignatures(suite) && (Type != BatchSignature.TransactionType || BatchSignature.Verify(this, suite));

    private bool VerifyOwnSignatures(CryptoSuite? suite)
    {
        if (!IsMultiSigned)
        {
            return !Fields.Has(Codec.Fields.Signers)
                && SigningKey is { } key
                && Fields.Value(Codec.Fields.TxnSignature) is { } signature
                && key.Verify(SigningData(), signature.Span, suite);
        }

        return !Fields.Has(Codec.Fields.TxnSignature)
            && Signer.TryReadAll(this, out var signers)
            && signers.TrueForAll(signer => signer.PublicKey.Verify(
                MultiSigningData(signer.Account), signer.Signature.Span, suite));
    }

    private byte[] Signed(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> suffix)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(prefix);
        Fields.WriteTo(bytes, signedOnly: true);
        bytes.Write(suffix);
        return bytes.WrittenSpan.ToArray();
    }
}
