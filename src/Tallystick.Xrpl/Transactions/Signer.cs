using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>One of several signatures under a transaction.</summary>
/// <param name="Account">Who signed.</param>
/// <param name="PublicKey">With which key; not always the account's master key.</param>
/// <param name="Signature">The signature's bytes.</param>
/// <remarks>https://xrpl.org/docs/concepts/accounts/multi-signing</remarks>
public sealed record Signer(AccountId Account, PublicKey PublicKey, ReadOnlyMemory<byte> Signature)
{
    /// <summary>
    /// Reads the signers of a transaction. False unless there are 1 to 32, complete, in strictly rising order of
    /// account and without the account that they sign for.
    /// </summary>
    public static bool TryReadAll(Transaction transaction, out List<Signer> signers) =>
        SignerList.TryReadOrdered(transaction.Fields.Value(Fields.Signers), transaction.Initiator, out signers);
}
