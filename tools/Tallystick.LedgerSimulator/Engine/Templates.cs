using System.Buffers.Binary;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>
/// Which fields each kind of transaction may and must have (rippled's transactions.macro). A blob with a field of another
/// kind is no transaction: it is refused before anything else is looked at.
/// </summary>
internal static class Templates
{
    // What is required by every kind, in the order in which a node complains.
    private static readonly Field[] CommonRequired = [Field.Account, Field.Sequence, Field.Fee, Field.SigningPubKey];

    private static readonly Field[] CommonOptional =
    [
        Field.TransactionType, Field.Flags, Field.SourceTag, Field.LastLedgerSequence, Field.AccountTxnId, Field.Memos,
        Field.TicketSequence, Field.TxnSignature, Field.Signers, Field.NetworkId,
    ];

    private static readonly Dictionary<TxKind, (Field[] Required, Field[] Optional)> Own = new()
    {
        [TxKind.Payment] = (
            [Field.Destination, Field.Amount],
            [Field.SendMax, Field.Paths, Field.InvoiceId, Field.DestinationTag, Field.DeliverMin]),
        [TxKind.AccountSet] = (
            [],
            [
                Field.EmailHash, Field.WalletLocator, Field.WalletSize, Field.MessageKey, Field.Domain, Field.TransferRate,
                Field.SetFlag, Field.ClearFlag, Field.TickSize, Field.NFTokenMinter,
            ]),
        [TxKind.SetRegularKey] = ([], [Field.RegularKey]),
        [TxKind.TicketCreate] = ([Field.TicketCount], []),
        [TxKind.ChannelCreate] = (
            [Field.Destination, Field.Amount, Field.SettleDelay, Field.PublicKey], [Field.CancelAfter, Field.DestinationTag]),
        [TxKind.ChannelFund] = ([Field.Channel, Field.Amount], [Field.Expiration]),
        [TxKind.ChannelClaim] = ([Field.Channel], [Field.Amount, Field.Balance, Field.Signature, Field.PublicKey]),
        [TxKind.TrustSet] = ([], [Field.LimitAmount, Field.QualityIn, Field.QualityOut]),
        [TxKind.Clawback] = ([Field.Amount], []),
    };

    /// <summary>Complains as a node does of the first field that is missing or has no place; kinds that are not applied
    /// here are left to be refused by name.</summary>
    public static void Check(ReadOnlySpan<byte> blob, List<BlobField> fields)
    {
        var type = fields.Find(static f => f.Key == (int)Field.TransactionType);
        if (type == default) throw new BlobException("Field not found: TransactionType");
        var kind = (TxKind)BinaryPrimitives.ReadUInt16BigEndian(blob[type.Body..]);
        if (!Own.TryGetValue(kind, out var own)) return;
        foreach (var required in own.Required.Concat(CommonRequired))
            if (!fields.Exists(f => f.Key == (int)required))
                throw new BlobException($"Field '{TxJson.NameOf((int)required)}' is required but missing.");
        foreach (var field in fields)
        {
            var known = (Field)field.Key;
            if (!own.Required.Contains(known) && !own.Optional.Contains(known)
                && !CommonRequired.Contains(known) && !CommonOptional.Contains(known))
                throw new BlobException(Tallystick.Xrpl.Codec.Fields.All.FirstOrDefault(f => (int)f.Type == field.Type && f.Code == field.Code) is { } named
                    ? $"Field '{named}' found in disallowed location." : "Unknown field");
        }
    }
}
