using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>A payout as it is stored.</summary>
internal sealed record PayoutRow(
    PayoutId Id, BillingRunId RunId, OrganisationId OrganisationId, long Minor, Currency Currency, string State, int Attempt,
    DateTimeOffset? FirstSentAt, string? TransferId, string? Reason, DateTimeOffset QueuedAt, DateTimeOffset? PaidAt,
    int Tries, ReceiptId? ReceiptId)
{
    public const string Columns =
        """
        id, run_id, organisation_id, minor, currency, state, attempt, first_sent_at, transfer_id, reason, queued_at, paid_at,
        tries, receipt_id
        """;

    public Money Amount => new(Minor, Currency);

    public PayoutState Stands => Enum.Parse<PayoutState>(State, ignoreCase: true);

    public PayoutView View() => new(
        Id, RunId, OrganisationId, Amount, State, Attempt, TransferId, Reason, QueuedAt, PaidAt, ReceiptId);
}
