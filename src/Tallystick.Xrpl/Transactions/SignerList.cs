using System.Buffers;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>The bytes of a Signers field: several signatures in the place of one.</summary>
internal static class SignerList
{
    public const int SignersMax = 32;

    /// <summary>Signers stand in the order of their accounts' bytes.</summary>
    public static Comparer<AccountId> Order { get; } = Comparer<AccountId>.Create(static (a, b) => a.CompareTo(b));

    /// <summary>
    /// False unless the ledger would take the list: 1 to 32 signers, complete, in strictly rising order of account and
    /// without <paramref name="owner"/>, for whom they sign.
    /// </summary>
    public static bool TryReadOrdered(ReadOnlyMemory<byte>? list, AccountId? owner, out List<Signer> signers)
    {
        signers = [];
        if (list is not { } bytes || TryRead(bytes) is not { } read)
        {
            return false;
        }

        signers = read;
        return signers.Count is > 0 and <= SignersMax
            && signers.TrueForAll(signer => signer.Account != owner)
            && signers.Zip(signers.Skip(1)).All(pair => pair.First.Account.CompareTo(pair.Second.Account) < 0);
    }

    /// <summary>The signers in any order; null when one of them is not complete.</summary>
    public static List<Signer>? TryRead(ReadOnlyMemory<byte> list)
    {
        var signers = new List<Signer>();
        foreach (var (element, fields) in SerializedList.Read(list))
        {
            if (element != Fields.Signer || fields.IsEmpty || TryReadOne(SerializedObject.Parse(fields)) is not { } signer)
            {
                return null;
            }

            signers.Add(signer);
        }

        return signers;
    }

    /// <summary>
    /// Several lists as one that the ledger takes: in rising order of account, each once. The same signature given twice
    /// counts once.
    /// </summary>
    /// <exception cref="XrplFormatException">An account signed twice with different bytes, the owner signs for itself, or
    /// there are too many.</exception>
    public static List<Signer> Merge(IEnumerable<Signer> signers, AccountId? owner)
    {
        var merged = new SortedDictionary<AccountId, Signer>(Order);
        foreach (var signer in signers)
        {
            if (signer.Account == owner)
            {
                throw new XrplFormatException($"{owner} cannot be one of several who sign for it", Fields.Signers.Name);
            }

            if (!merged.TryAdd(signer.Account, signer) && !IsSame(merged[signer.Account], signer))
            {
                throw new XrplFormatException($"{signer.Account} signed twice, and not alike", Fields.Signers.Name);
            }
        }

        return merged.Count is > 0 and <= SignersMax
            ? [.. merged.Values]
            : throw new XrplFormatException($"{merged.Count} signers, where 1 to {SignersMax} are possible", Fields.Signers.Name);
    }

    /// <summary>The bytes of the field, the signers in the order given.</summary>
    public static byte[] Write(IEnumerable<Signer> signers)
    {
        var list = new ArrayBufferWriter<byte>();
        foreach (var signer in signers)
        {
            var account = new byte[AccountId.Bytes];
            var key = new byte[PublicKey.Bytes];
            signer.Account.CopyTo(account);
            signer.PublicKey.CopyTo(key);
            BlobWriter.Write(list, Fields.Signer, SerializedObject.Of(
                new SerializedField(Fields.Account, account),
                new SerializedField(Fields.SigningPubKey, key),
                new SerializedField(Fields.TxnSignature, signer.Signature)).ToBytes());
        }

        return list.WrittenSpan.ToArray();
    }

    private static bool IsSame(Signer a, Signer b) =>
        a.PublicKey == b.PublicKey && a.Signature.Span.SequenceEqual(b.Signature.Span);

    private static Signer? TryReadOne(SerializedObject fields) =>
        fields.Account(Fields.Account) is { } account
        && fields.Value(Fields.SigningPubKey) is { } keyBytes
        && PublicKey.TryRead(keyBytes.Span, out var key)
        && fields.Value(Fields.TxnSignature) is { } signature
            ? new Signer(account, key, signature)
            : null;
}
