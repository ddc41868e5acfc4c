using Tallystick.Xrpl.Codec;
using Tallystick.Xrpl.Transactions;

namespace Tallystick.Xrpl.Submission;

/// <summary>One signed blob.</summary>
/// <param name="Hash">Its transaction hash.</param>
/// <param name="Blob">The canonical bytes, in hexadecimal.</param>
/// <param name="Fee">The fee it offers.</param>
/// <param name="LastLedgerSequence">The last ledger that may apply it.</param>
public sealed record SignedAttempt(Hash256 Hash, string Blob, Drops Fee, uint LastLedgerSequence)
{
    // Account, sequence and ticket are not among them: the ledger admits one transaction for these, and that is what
    // keeps two attempts from both being applied.
    private static readonly Field[] MayDiffer =
    [
        Fields.Fee, Fields.LastLedgerSequence, Fields.SigningPubKey, Fields.TxnSignature, Fields.Signers,
    ];

    /// <summary>The attempt that a signed transaction is.</summary>
    /// <exception cref="ArgumentException">It is not signed, or lacks Fee or LastLedgerSequence.</exception>
    public static SignedAttempt Of(Transaction signed)
    {
        if (signed.Fields.Amount(Fields.Fee) is not Amount.Xrp fee) throw new ArgumentException("it offers no fee");
        if (signed.Fields.Number(Fields.LastLedgerSequence) is not { } last)
            throw new ArgumentException("without LastLedgerSequence it can lie in wait for ever");
        if (!signed.VerifySignatures()) throw new ArgumentException("its signature does not hold");
        return new(signed.Hash, Convert.ToHexString(signed.Blob.Span), fee.Drops, last);
    }

    /// <summary>
    /// What is wrong with it by itself: a blob that does not parse or is not signed, or another hash, fee or last
    /// ledger than it says. Null when all is well. A wrong hash would be looked up in vain, and what was paid be
    /// taken for not paid.
    /// </summary>
    internal string? Fault
    {
        get
        {
            try
            {
                return Of(Transaction.ParseHex(Blob)) is var real && real with { Blob = Blob } == this
                    ? null
                    : "the blob has another hash, fee or last ledger than the attempt says";
            }
            catch (Exception refused) when (refused is XrplFormatException or ArgumentException)
            {
                return $"the blob is no signed transaction to submit: {refused.Message}";
            }
        }
    }

    /// <summary>The first field in which this blob differs from another though it must not, or null.</summary>
    internal string? DifferenceFrom(SignedAttempt other)
    {
        var (mine, theirs) = (Kept(Blob), Kept(other.Blob));
        foreach (var field in mine.Keys.Union(theirs.Keys))
        {
            if (mine.GetValueOrDefault(field) != theirs.GetValueOrDefault(field)) return field.Name;
        }

        return null;
    }

    private static Dictionary<Field, string> Kept(string blob)
    {
        var kept = new Dictionary<Field, string>();
        foreach (var (field, value) in SerializedObject.ParseHex(blob).FieldList)
        {
            if (!MayDiffer.Contains(field)) kept[field] = Convert.ToHexString(value.Span);
        }

        return kept;
    }
}
