using Tallystick.LedgerSimulator.Transactions;

namespace Tallystick.LedgerSimulator.Engine;

/// <summary>The transactions that this network knows, each with its three steps.</summary>
internal static class TransactionTypes
{
    // tfFullyCanonicalSig. The mark of a transaction inside a batch (0x4000_0000) is no flag of a transaction by itself, and
    // this release's network has no batches.
    private const uint UniversalFlags = 0x8000_0000;

    public static bool IsSupported(TxKind kind) => Enum.IsDefined(kind);

    public static Ter Preflight(Tx tx)
    {
        var allowed = tx.Kind switch
        {
            TxKind.Payment => 0x0007_0000u,
            TxKind.AccountSet => 0x003F_0000u,
            TxKind.ChannelClaim => 0x0003_0000u,
            TxKind.TrustSet => 0x00F7_0000u,
            _ => 0u,
        };
        if ((tx.Flags & ~(allowed | UniversalFlags)) != 0) return Ter.InvalidFlag;
        return tx.Kind switch
        {
            TxKind.Payment => Payment.Preflight(tx),
            TxKind.AccountSet => AccountSet.Preflight(tx),
            TxKind.SetRegularKey => SetRegularKey.Preflight(tx),
            TxKind.TicketCreate => TicketCreate.Preflight(tx),
            TxKind.ChannelCreate => ChannelCreate.Preflight(tx),
            TxKind.ChannelFund => ChannelFund.Preflight(tx),
            TxKind.ChannelClaim => ChannelClaim.Preflight(tx),
            TxKind.TrustSet => TrustSet.Preflight(tx),
            TxKind.Clawback => Clawback.Preflight(tx),
            _ => throw new InvalidOperationException($"{tx.Kind} was let through"),
        };
    }

    public static Ter Preclaim(ApplyContext context) => context.Tx.Kind switch
    {
        TxKind.Payment => Payment.Preclaim(context),
        TxKind.AccountSet => AccountSet.Preclaim(context),
        TxKind.TicketCreate => TicketCreate.Preclaim(context),
        TxKind.ChannelCreate => ChannelCreate.Preclaim(context),
        TxKind.TrustSet => TrustSet.Preclaim(context),
        TxKind.Clawback => Clawback.Preclaim(context),
        _ => Ter.Success,
    };

    public static Ter Apply(ApplyContext context) => context.Tx.Kind switch
    {
        TxKind.Payment => Payment.Apply(context),
        TxKind.AccountSet => AccountSet.Apply(context),
        TxKind.SetRegularKey => SetRegularKey.Apply(context),
        TxKind.TicketCreate => TicketCreate.Apply(context),
        TxKind.ChannelCreate => ChannelCreate.Apply(context),
        TxKind.ChannelFund => ChannelFund.Apply(context),
        TxKind.ChannelClaim => ChannelClaim.Apply(context),
        TxKind.TrustSet => TrustSet.Apply(context),
        TxKind.Clawback => Clawback.Apply(context),
        _ => throw new InvalidOperationException($"{context.Tx.Kind} was let through"),
    };
}
