using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>One of several signatures under a transaction.</summary>
/// <param name="Account">Who signed.</param>
/// <param name="PublicKey">With which key; not always the account's master key.</param>
/// <param name="Signature">The signature's bytes.</param>
/// <remarks>https://xrpl.org/docs/concepts/accounts/multi-signing</remarks>
public sealed record Signer(AccountId Account, PublicKey PublicKey, ReadOnlyMemory<byte> Signature)
{
    private const int SignersMax = 32;

    /// <summary>
    /// Reads the signers of a transaction. False unless there are 1 to 32, complete, in strictly rising order of
    /// account and without the sender.
    /// </summary>
    public static bool TryReadAll(Transaction transaction, out List<Signer> signers)
    {
        signers = [];
        if (transaction.Fields.Value(Fields.Signers) is not { } list)
        {
            return false;
        }

        var reader = new BlobReader(list.Span);
        while (!reader.AtEnd)
        {
            var element = reader.ReadHeader();
            var fields = list[reader.ReadValue(element, 0)];
            if (element != Fields.Signer || fields.IsEmpty || TryRead(SerializedObject.Parse(fields)) is not { } signer)
            {
                return false;
            }

            signers.Add(signer);
        }

        return signers.Count is > 0 and <= SignersMax
            && signers.TrueForAll(signer => signer.Account != transaction.Account)
            && signers.Zip(signers.Skip(1)).All(pair => IsBelow(pair.First.Account, pair.Second.Account));
    }

    private static Signer? TryRead(SerializedObject fields) =>
        fields.Account(Fields.Account) is { } account
        && fields.Value(Fields.SigningPubKey) is { } keyBytes
        && PublicKey.TryRead(keyBytes.Span, out var key)
        && fields.Value(Fields.TxnSignature) is { } signature
            ? new Signer(account, key, signature)
            : null;

    private static bool IsBelow(AccountId left, AccountId right)
    {
        Span<byte> a = stackalloc byte[AccountId.Bytes];
        Span<byte> b = stackalloc byte[AccountId.Bytes];
        left.CopyTo(a);
        right.CopyTo(b);
        return a.SequenceCompareTo(b) < 0;
    }
}
