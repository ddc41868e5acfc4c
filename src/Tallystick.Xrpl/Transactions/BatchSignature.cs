using System.Buffers;
using System.Buffers.Binary;
using Tallystick.Crypto;
using Tallystick.Xrpl.Codec;

namespace Tallystick.Xrpl.Transactions;

/// <summary>
/// The consent of the accounts that the transactions inside a batch act for (amendment BatchV1_1). Each of them signs the
/// same few words, not the whole batch; the sender then signs the batch as any other transaction. Who signs for itself:
/// <c>BCH\0</c> ‖ sender ‖ sequence or ticket ‖ flags ‖ number of transactions ‖ their hashes ‖ signer's account; one of
/// several who sign for an account adds its own account behind that.
/// </summary>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/batch</remarks>
public static class BatchSignature
{
    internal const string TransactionType = nameof(Batch);

    /// <summary>Three for each transaction: who acts, who is the other party, who sponsors.</summary>
    private const int SignersMax = 3 * Batch.TransactionsMax;

    /// <summary>
    /// The accounts whose consent a batch needs, in rising order: who acts in a transaction inside (the delegate where one
    /// is named), its counterparty, and a sponsor that signs. Never the sender of the batch.
    /// </summary>
    /// <exception cref="XrplFormatException">It is no batch.</exception>
    public static IReadOnlyList<AccountId> RequiredSigners(Transaction batch)
    {
        var accounts = Inner(batch)
            .SelectMany(static inner => new[]
            {
                inner.Initiator,
                inner.Fields.Account(Fields.Counterparty),
                inner.Fields.Has(Fields.SponsorSignature) ? inner.Fields.Account(Fields.Sponsor) : null,
            })
            .OfType<AccountId>()
            .Where(account => account != batch.Account)
            .Distinct()
            .ToList();
        accounts.Sort(SignerList.Order);
        return accounts;
    }

    /// <summary>What an account signs; <paramref name="by"/> is who signs for it as one of several.</summary>
    /// <exception cref="XrplFormatException">It is no batch.</exception>
    public static byte[] SigningData(Transaction batch, AccountId account, AccountId? by = null)
    {
        var inner = Inner(batch);
        var text = new byte[4 + AccountId.Bytes + (3 * sizeof(uint)) + (inner.Count * Hash256.Bytes) + (2 * AccountId.Bytes)];
        "BCH\0"u8.CopyTo(text);
        var at = 4;
        Put(batch.Account!.Value);
        foreach (var number in (ReadOnlySpan<uint>)[batch.SequenceOrTicket, batch.Fields.Number(Fields.Flags) ?? 0, (uint)inner.Count])
        {
            BinaryPrimitives.WriteUInt32BigEndian(text.AsSpan(at), number);
            at += sizeof(uint);
        }

        foreach (var one in inner)
        {
            one.Hash.CopyTo(text.AsSpan(at));
            at += Hash256.Bytes;
        }

        Put(account);
        if (by is { } signer)
        {
            Put(signer);
        }

        return text[..at];

        void Put(AccountId id)
        {
            id.CopyTo(text.AsSpan(at));
            at += AccountId.Bytes;
        }
    }

    /// <summary>Adds an account's consent, signed by its own or its regular key.</summary>
    /// <exception cref="XrplFormatException">It is no batch, or this account has no part in it or has signed otherwise.</exception>
    public static Transaction Sign(Transaction batch, KeyPair key, AccountId? account = null)
    {
        var consents = account ?? key.Account;
        var signature = key.Sign(SigningData(batch, consents));
        return Add(batch, new BatchSigner(consents, (key.PublicKey, signature), []));
    }

    /// <summary>Adds the signature of one of several who sign for an account.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="account">The account that consents.</param>
    /// <param name="key">The signer's key.</param>
    /// <param name="by">Who signs; the key's own account when left out.</param>
    /// <exception cref="XrplFormatException">It is no batch, or this account has no part in it or has signed otherwise.</exception>
    public static Transaction MultiSign(Transaction batch, AccountId account, KeyPair key, AccountId? by = null)
    {
        var signer = by ?? key.Account;
        var signature = key.Sign(SigningData(batch, account, signer));
        return Add(batch, new BatchSigner(account, null, SignerList.Merge([new Signer(signer, key.PublicKey, signature)], account)));
    }

    /// <summary>Makes one batch of several copies that different accounts signed; the sender signs it afterwards.</summary>
    /// <exception cref="XrplFormatException">A copy is no batch, is not the same batch, was signed by nobody or already by
    /// the sender, or an account signed twice with different bytes.</exception>
    public static Transaction Combine(IReadOnlyList<Transaction> copies)
    {
        if (copies.Count == 0)
        {
            throw new XrplFormatException("nothing to combine", "copies");
        }

        var meant = copies[0].Fields.Without(Fields.BatchSigners).ToBytes();
        var signers = new List<BatchSigner>();
        for (var i = 0; i < copies.Count; i++)
        {
            var where = $"copies[{i}]";
            if (copies[i].Fields.Has(Fields.TxnSignature) || copies[i].Fields.Has(Fields.Signers))
            {
                throw new XrplFormatException("the sender has signed it already, without the consents of the others", where);
            }

            if (!copies[i].Fields.Without(Fields.BatchSigners).ToBytes().AsSpan().SequenceEqual(meant))
            {
                throw new XrplFormatException("is another batch than the first", where);
            }

            signers.AddRange(TryRead(copies[i]) is { Count: > 0 } read
                ? read
                : throw new XrplFormatException("has no complete BatchSigners", where));
        }

        return signers.Aggregate(new Transaction(copies[0].Fields.Without(Fields.BatchSigners)), Add);
    }

    /// <summary>
    /// Whether every account that must consent has signed, nobody else, in rising order, and every signature holds. The
    /// sender's own signature is not looked at.
    /// </summary>
    internal static bool Verify(Transaction batch, CryptoSuite? suite)
    {
        try
        {
            return TryRead(batch) is { Count: <= SignersMax } signers
                && signers.Select(static signer => signer.Account).SequenceEqual(RequiredSigners(batch))
                && signers.TrueForAll(signer => Holds(batch, signer, suite));
        }
        catch (XrplFormatException)
        {
            // What stands inside is no transaction: such a batch is signed by nobody.
            return false;
        }
    }

    private static bool Holds(Transaction batch, BatchSigner signer, CryptoSuite? suite)
    {
        if (signer.Single is { } single)
        {
            return single.Key.Verify(SigningData(batch, signer.Account), single.Signature.Span, suite);
        }

        return SignerList.TryReadOrdered(SignerList.Write(signer.Several), signer.Account, out var several)
            && several.TrueForAll(one => one.PublicKey.Verify(
                SigningData(batch, signer.Account, one.Account), one.Signature.Span, suite));
    }

    private static Transaction Add(Transaction batch, BatchSigner signer)
    {
        if (!RequiredSigners(batch).Contains(signer.Account))
        {
            throw new XrplFormatException($"{signer.Account} has no part in this batch, or is its sender", Fields.BatchSigners.Name);
        }

        var present = TryRead(batch) ?? throw new XrplFormatException("are not complete", Fields.BatchSigners.Name);
        var byAccount = new SortedDictionary<AccountId, BatchSigner>(SignerList.Order);
        foreach (var one in present.Append(signer))
        {
            byAccount[one.Account] = byAccount.TryGetValue(one.Account, out var other) ? other.Join(one) : one;
        }

        var list = new ArrayBufferWriter<byte>();
        foreach (var one in byAccount.Values)
        {
            BlobWriter.Write(list, Fields.BatchSigner, one.ToBytes());
        }

        return new Transaction(batch.Fields.With(Fields.BatchSigners, list.WrittenMemory));
    }

    /// <summary>The consents in the order they stand; null when one of them is not complete.</summary>
    private static List<BatchSigner>? TryRead(Transaction batch)
    {
        var signers = new List<BatchSigner>();
        foreach (var (element, fields) in SerializedList.Read(batch.Fields.Value(Fields.BatchSigners) ?? default))
        {
            if (element != Fields.BatchSigner || fields.IsEmpty || BatchSigner.TryRead(SerializedObject.Parse(fields)) is not { } signer)
            {
                return null;
            }

            signers.Add(signer);
        }

        return signers;
    }

    private static List<Transaction> Inner(Transaction batch)
    {
        if (batch.Type != TransactionType || batch.Account is null || batch.Fields.Value(Fields.RawTransactions) is not { } list)
        {
            throw new XrplFormatException($"{batch.Type} is no batch", Fields.RawTransactions.Name);
        }

        return SerializedList.Read(list).ConvertAll(static one => one.Field == Fields.RawTransaction
            ? Transaction.Parse(one.Value)
            : throw new XrplFormatException($"{one.Field} is no transaction", Fields.RawTransactions.Name));
    }
}
