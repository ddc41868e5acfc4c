using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>The postings of every event of this module: pure, and shown in docs/money-flow.md.</summary>
internal static class PayoutPostings
{
    /// <summary>Queued: no longer owed as such, so that no second payout can be made of it.</summary>
    public static JournalEntry Queued(PayoutId payout, OrganisationId payee, Money amount, DateTimeOffset at) => new(
        "payout.queued",
        $"payout/{payout}/queued",
        at,
        [
            LedgerAccount.Of(AccountKind.CreatorPayable, payee, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.PayoutInTransit, payee, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The payee owes something by the time it is to be sent: that much stays here and ends the debt.</summary>
    public static JournalEntry Netted(PayoutId payout, int attempt, OrganisationId payee, Money settled, DateTimeOffset at) => new(
        "debt.settled",
        $"payout/{payout}/netted/{attempt}",
        at,
        [
            LedgerAccount.Of(AccountKind.PayoutInTransit, payee, settled.Currency).Debit(settled.Minor),
            LedgerAccount.Of(AccountKind.CreatorDebt, payee, settled.Currency).Credit(settled.Minor),
        ]);

    /// <summary>Less than the gateway sends: owed as before.</summary>
    public static JournalEntry Kept(PayoutId payout, int attempt, OrganisationId payee, Money kept, DateTimeOffset at) => new(
        "payout.kept",
        $"payout/{payout}/kept/{attempt}",
        at,
        [
            LedgerAccount.Of(AccountKind.PayoutInTransit, payee, kept.Currency).Debit(kept.Minor),
            LedgerAccount.Of(AccountKind.CreatorPayable, payee, kept.Currency).Credit(kept.Minor),
        ]);

    /// <summary>The gateway has moved it to the creator's account.</summary>
    public static JournalEntry Paid(PayoutId payout, OrganisationId payee, Money amount, DateTimeOffset at) => new(
        "payout.paid",
        $"payout/{payout}/paid",
        at,
        [
            LedgerAccount.Of(AccountKind.PayoutInTransit, payee, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.GatewayAvailable, amount.Currency).Credit(amount.Minor),
        ]);

    /// <summary>The gateway sent it once more than it should have: the payee owes that.</summary>
    public static JournalEntry PaidTwice(
        PayoutId payout, string transfer, OrganisationId payee, Money amount, bool available, DateTimeOffset at) => new(
        "payout.paid_twice",
        $"payout/{payout}/twice/{transfer}",
        at,
        [
            LedgerAccount.Of(AccountKind.CreatorDebt, payee, amount.Currency).Debit(amount.Minor),
            Gateway(amount.Currency, available).Credit(amount.Minor),
        ]);

    /// <summary>A transfer was taken back at the gateway: owed again, after what the payee owed because of it.</summary>
    public static JournalEntry Reversed(
        PayoutId payout, string balanceTransaction, OrganisationId payee, Money amount, long toDebt, bool available,
        DateTimeOffset at) => new(
        "payout.reversed",
        $"payout/{payout}/reversed/{balanceTransaction}",
        at,
        [
            Gateway(amount.Currency, available).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.CreatorDebt, payee, amount.Currency).Credit(toDebt),
            LedgerAccount.Of(AccountKind.CreatorPayable, payee, amount.Currency).Credit(amount.Minor - toDebt),
        ]);

    private static LedgerAccount Gateway(Currency currency, bool available) =>
        LedgerAccount.Of(available ? AccountKind.GatewayAvailable : AccountKind.GatewayPending, currency);
}
