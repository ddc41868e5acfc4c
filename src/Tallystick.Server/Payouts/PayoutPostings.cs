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

    /// <summary>The gateway has moved it to the creator's account.</summary>
    public static JournalEntry Paid(PayoutId payout, OrganisationId payee, Money amount, DateTimeOffset at) => new(
        "payout.paid",
        $"payout/{payout}/paid",
        at,
        [
            LedgerAccount.Of(AccountKind.PayoutInTransit, payee, amount.Currency).Debit(amount.Minor),
            LedgerAccount.Of(AccountKind.GatewayAvailable, amount.Currency).Credit(amount.Minor),
        ]);
}
