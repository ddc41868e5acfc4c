using Tallystick.Core.Amounts;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>The gateway's side of a posting.</summary>
internal static class GatewayLines
{
    /// <summary>
    /// What the gateway moved on its side of an amount. Settled in another currency, the two are legs of one entry: each sums to
    /// zero in its own currency over the position between them.
    /// </summary>
    public static IEnumerable<JournalLine> Received(Money paid, Money settled, Money fee, bool available)
    {
        yield return Clearing(settled.Currency, available).Debit(settled.Minor - fee.Minor);
        yield return Fees(fee.Currency).Debit(fee.Minor);
        if (settled.Currency != paid.Currency)
        {
            yield return LedgerAccount.Of(AccountKind.FxPosition, settled.Currency).Credit(settled.Minor);
            yield return LedgerAccount.Of(AccountKind.FxPosition, paid.Currency).Debit(paid.Minor);
        }
    }

    public static LedgerAccount Clearing(Currency currency, bool available) =>
        LedgerAccount.Of(available ? AccountKind.GatewayAvailable : AccountKind.GatewayPending, currency);

    public static LedgerAccount Fees(Currency currency) => LedgerAccount.Of(AccountKind.GatewayFees, currency);
}
