namespace Tallystick.LedgerSimulator.Engine;

/// <summary>What is wrong with a transaction by itself, whatever the ledger holds.</summary>
internal static class Preflight
{
    private const uint NetworkIdOptionalUpTo = 1024;

    public static Ter Check(Tx tx, NetworkRules rules)
    {
        var network = tx.UInt32(Field.NetworkId);
        if (rules.NetworkId <= NetworkIdOptionalUpTo)
        {
            if (network is not null) return Ter.NetworkIdNotCanonical;
        }
        else
        {
            if (network is null) return Ter.RequiresNetworkId;
            if (network != rules.NetworkId) return Ter.WrongNetwork;
        }
        if (tx.Fee < 0) return Ter.BadFee;
        if (tx.TicketSequence is not null && tx.Sequence != 0) return Ter.SeqAndTicket;
        if (tx.TicketSequence is not null && tx.Has(Field.AccountTxnId)) return Ter.Malformed;
        if (!tx.IsMultiSigned && !Signatures.IsPublicKey(tx.SigningPubKey)) return Ter.BadSignature;
        return TransactionTypes.Preflight(tx);
    }

    /// <summary>
    /// What a node refuses at its door without a result code: null, or the words behind "fails local checks: ".
    /// </summary>
    public static string? LocalChecks(Tx tx)
    {
        if (MemoFault(tx) is { } fault) return fault;
        return IsSigned(tx) ? null : "Invalid signature.";
    }

    private static string? MemoFault(Tx tx)
    {
        if (!tx.Has(Field.Memos)) return null;
        if (tx.ArrayBytes(Field.Memos) > 1024) return "The memo exceeds the maximum allowed size.";
        foreach (var memo in tx.Items(Field.Memos))
            foreach (var part in memo)
            {
                if (part.Key is not ((int)Field.MemoType or (int)Field.MemoData or (int)Field.MemoFormat))
                    return "A memo may contain only MemoType, MemoData or MemoFormat fields.";
                if (part.Key != (int)Field.MemoData && tx.Slice(part).IndexOfAnyExcept(UrlCharacters) >= 0)
                    return "The MemoType and MemoFormat fields may only contain characters that are allowed in URLs under RFC 3986.";
            }
        return null;
    }

    private static readonly System.Buffers.SearchValues<byte> UrlCharacters = System.Buffers.SearchValues.Create(
        "0123456789-._~:/?#[]@!$&'()*+,;=%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static bool IsSigned(Tx tx)
    {
        if (!tx.IsMultiSigned)
            return !tx.Has(Field.Signers)
                && Signatures.Verify(tx.SigningPubKey, tx.SigningText("STX\0"u8, []), tx.BytesOf(Field.TxnSignature));
        if (tx.Has(Field.TxnSignature)) return false;
        var signers = 0;
        AccountId? before = null;
        Span<byte> account = stackalloc byte[20];
        foreach (var signer in tx.Items(Field.Signers))
        {
            var (id, key, signature) = ReadSigner(tx, signer);
            // Ascending, no repeats, never the account itself: as rippled demands.
            if (id is not { } who || who == tx.Account || (before is { } b && !b.IsBelow(who))) return false;
            who.CopyTo(account);
            if (!Signatures.Verify(key, tx.SigningText("SMT\0"u8, account), signature)) return false;
            before = who;
            signers++;
        }
        return signers is > 0 and <= 32;
    }

    private static (AccountId? Id, byte[] Key, byte[] Signature) ReadSigner(Tx tx, List<BlobField> signer)
    {
        AccountId? id = null;
        byte[] key = [], signature = [];
        foreach (var field in signer)
        {
            if (field.Key == (int)Field.Account) id = new AccountId(tx.Slice(field));
            else if (field.Key == (int)Field.SigningPubKey) key = tx.Slice(field).ToArray();
            else if (field.Key == (int)Field.TxnSignature) signature = tx.Slice(field).ToArray();
        }
        return (id, key, signature);
    }
}
