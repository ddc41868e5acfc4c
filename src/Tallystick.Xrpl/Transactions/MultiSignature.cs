using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>
/// Signatures of several accounts in the place of one: each signs a copy of the same transaction, and the copies become
/// one. Who may sign, and how much each counts, stands in the sender's list of signers in the ledger, not here.
/// </summary>
/// <remarks>https://xrpl.org/docs/concepts/accounts/multi-signing</remarks>
public static class MultiSignature
{
    /// <summary>
    /// Signs as one of several: empties SigningPubKey, takes a single signature away and adds this one to those that are
    /// there. The fee must be set before: each signer costs the base fee once more.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The signer's key.</param>
    /// <param name="signer">Who signs; the key's own account when left out. Another when the key is a regular key.</param>
    /// <exception cref="XrplFormatException">The signers that are there cannot stand beside this one.</exception>
    public static Transaction Sign(Transaction transaction, KeyPair key, AccountId? signer = null)
    {
        var account = signer ?? key.Account;
        var present = transaction.IsMultiSigned ? ReadSigners(transaction, Fields.Signers.Name) : [];
        var unsigned = new Transaction(Unsigned(transaction).With(Fields.SigningPubKey, ReadOnlyMemory<byte>.Empty));
        var own = new Signer(account, key.PublicKey, key.Sign(unsigned.MultiSigningData(account)));
        return WithSigners(unsigned, SignerList.Merge([.. present, own], transaction.Initiator));
    }

    /// <summary>
    /// Makes one transaction of several signed copies of it, with all signers in the order that the ledger demands.
    /// Whether the signatures hold, <see cref="Transaction.VerifySignatures"/> says.
    /// </summary>
    /// <exception cref="XrplFormatException">A copy is not signed by several, is not the same transaction, or an account
    /// signed twice with different bytes.</exception>
    public static Transaction Combine(IReadOnlyList<Transaction> copies)
    {
        if (copies.Count == 0)
        {
            throw new XrplFormatException("nothing to combine", "copies");
        }

        var meant = Unsigned(copies[0]).ToBytes();
        var signers = new List<Signer>();
        for (var i = 0; i < copies.Count; i++)
        {
            if (!copies[i].IsMultiSigned || copies[i].Fields.Has(Fields.TxnSignature))
            {
                throw new XrplFormatException("is not signed by several: Signers and an empty SigningPubKey are needed", $"copies[{i}]");
            }

            if (!Unsigned(copies[i]).ToBytes().AsSpan().SequenceEqual(meant))
            {
                throw new XrplFormatException("is another transaction than the first", $"copies[{i}]");
            }

            signers.AddRange(ReadSigners(copies[i], $"copies[{i}].{Fields.Signers}"));
        }

        return WithSigners(new Transaction(Unsigned(copies[0])), SignerList.Merge(signers, copies[0].Initiator));
    }

    private static SerializedObject Unsigned(Transaction transaction) =>
        transaction.Fields.Without(Fields.Signers).Without(Fields.TxnSignature);

    private static Transaction WithSigners(Transaction unsigned, IEnumerable<Signer> signers) =>
        new(unsigned.Fields.With(Fields.Signers, SignerList.Write(signers).AsMemory()));

    private static List<Signer> ReadSigners(Transaction transaction, string where) =>
        SignerList.TryRead(transaction.Fields.Value(Fields.Signers)!.Value)
        ?? throw new XrplFormatException("a signer lacks its account, key or signature", where);
}
