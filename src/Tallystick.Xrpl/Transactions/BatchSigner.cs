using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>One account's consent to a batch: its signature, or those of several who sign for it.</summary>
/// <param name="Account">The account that consents.</param>
/// <param name="Single">Key and signature; null when several signed.</param>
/// <param name="Several">Those who signed for it; empty when it signed alone.</param>
internal sealed record BatchSigner(AccountId Account, (PublicKey Key, ReadOnlyMemory<byte> Signature)? Single, IReadOnlyList<Signer> Several)
{
    /// <summary>Null unless it is complete: a key with a signature, or signers and an empty key.</summary>
    public static BatchSigner? TryRead(SerializedObject fields)
    {
        if (fields.Account(Fields.Account) is not { } account)
        {
            return null;
        }

        var key = fields.Value(Fields.SigningPubKey);
        if (fields.Value(Fields.Signers) is { } list)
        {
            return key is null or { Length: 0 } && !fields.Has(Fields.TxnSignature) && SignerList.TryRead(list) is { } several
                ? new BatchSigner(account, null, several)
                : null;
        }

        return key is { } bytes && PublicKey.TryRead(bytes.Span, out var single) && fields.Value(Fields.TxnSignature) is { } signature
            ? new BatchSigner(account, (single, signature), [])
            : null;
    }

    /// <summary>
    /// One consent of two of the same account: several who signed for it are joined, the same signature counts once.
    /// </summary>
    /// <exception cref="XrplFormatException">The two contradict each other.</exception>
    public BatchSigner Join(BatchSigner other)
    {
        if (Single is { } mine && other.Single is { } theirs
            && mine.Key == theirs.Key && mine.Signature.Span.SequenceEqual(theirs.Signature.Span))
        {
            return this;
        }

        return Single is null && other.Single is null
            ? this with { Several = SignerList.Merge(Several.Concat(other.Several), Account) }
            : throw new XrplFormatException($"{Account} signed twice, and not alike", Fields.BatchSigners.Name);
    }

    public byte[] ToBytes()
    {
        var account = new byte[AccountId.Bytes];
        Account.CopyTo(account);
        var fields = new List<SerializedField> { new(Fields.Account, account) };
        if (Single is { } single)
        {
            var key = new byte[PublicKey.Bytes];
            single.Key.CopyTo(key);
            fields.Add(new SerializedField(Fields.SigningPubKey, key));
            fields.Add(new SerializedField(Fields.TxnSignature, single.Signature));
        }
        else
        {
            fields.Add(new SerializedField(Fields.Signers, SignerList.Write(Several)));
        }

        return SerializedObject.Of(fields).ToBytes();
    }
}
