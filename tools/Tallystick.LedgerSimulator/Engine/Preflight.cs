namespace Tallystick.LedgerSimulator.Engine;

/// <summary>What is wrong with a transaction by itself, whatever the ledger holds.</summary>
internal static class Preflight
{
    private const uint NetworkIdOptionalUpTo = 1024;
    private const int SignersMax = 32;

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
        if (tx.Account == default) return Ter.BadSrcAccount;
        if (!Amount.Xrp(tx.Fee).IsLegal || tx.Fee < 0) return Ter.BadFee;
        if (!tx.IsMultiSigned && !Signatures.IsPublicKey(tx.SigningPubKey)) return Ter.BadSignature;
        if (tx.TicketSequence is not null && tx.Sequence != 0) return Ter.SeqAndTicket;
        if (tx.TicketSequence is not null && tx.Has(Field.AccountTxnId)) return Ter.Invalid;
        return TransactionTypes.Preflight(tx);
    }

    /// <summary>
    /// What a node refuses at its door without a result code: null, or the words behind "fails local checks: ".
    /// </summary>
    public static string? LocalChecks(Tx tx)
    {
        return SignatureFault(tx) ?? MemoFault(tx);
    }

    private static string? MemoFault(Tx tx)
    {
        if (!tx.Has(Field.Memos)) return null;
        if (tx.ArrayBytes(Field.Memos) > 1024) return "The memo exceeds the maximum allowed size.";
        if (!tx.HasOnly(Field.Memos, Field.Memo)) return "A memo array may contain only Memo objects.";
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

    private static string? SignatureFault(Tx tx)
    {
        if (tx.IsMultiSigned) return SignersFault(tx);
        if (tx.Has(Field.Signers)) return "Cannot both single- and multi-sign.";
        return Signatures.Verify(tx.SigningPubKey, tx.SigningText("STX\0"u8, []), tx.BytesOf(Field.TxnSignature)) ? null : "Invalid signature.";
    }

    /// <summary>Ascending, no repeats, never the account itself, every signature good: as rippled demands, in its words.</summary>
    private static string? SignersFault(Tx tx)
    {
        if (!tx.Has(Field.Signers)) return "Empty SigningPubKey.";
        if (tx.Has(Field.TxnSignature)) return "Cannot both single- and multi-sign.";
        var signers = tx.Signers();
        if (signers.Count is 0 or > SignersMax) return "Invalid Signers array size.";
        AccountId before = default;
        Span<byte> account = stackalloc byte[20];
        foreach (var (id, key, signature) in signers)
        {
            if (id == tx.Account) return "Invalid multisigner.";
            if (id == before) return "Duplicate Signers not allowed.";
            if (id.IsBelow(before)) return "Unsorted Signers array.";
            id.CopyTo(account);
            if (!Signatures.Verify(key, tx.SigningText("SMT\0"u8, account), signature)) return $"Invalid signature on account {id}.";
            before = id;
        }
        return null;
    }
}
