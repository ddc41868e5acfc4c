using System.Collections.Frozen;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>A payout as it is stored.</summary>
internal sealed record PayoutRow(
    PayoutId Id, BillingRunId RunId, OrganisationId OrganisationId, long Minor, Currency Currency, string State, int Attempt,
    DateTimeOffset? FirstSentAt, string? TransferId, string? Reason, DateTimeOffset QueuedAt, DateTimeOffset? PaidAt,
    int Tries, ReceiptId? ReceiptId, long Netted, long Reversed, string? Destination, int Failures, long Kept)
{
    public const string Columns =
        """
        id, run_id, organisation_id, minor, currency, state, attempt, first_sent_at, transfer_id, reason, queued_at, paid_at,
        tries, receipt_id, netted, reversed, destination, failures, kept
        """;

    public Money Amount => new(Minor, Currency);

    /// <summary>By name and never by number.</summary>
    public static readonly FrozenDictionary<string, PayoutState> States = new Dictionary<string, PayoutState>
    {
        ["queued"] = PayoutState.Queued,
        ["sending"] = PayoutState.Sending,
        ["unknown"] = PayoutState.Unknown,
        ["paid"] = PayoutState.Paid,
        ["failed"] = PayoutState.Failed,
        ["blocked"] = PayoutState.Blocked,
        ["netted"] = PayoutState.Netted,
        ["reversed"] = PayoutState.Reversed,
        ["set_aside"] = PayoutState.SetAside,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A state that this version does not know stops this payout and no other.</summary>
    public PayoutState Stands => States.TryGetValue(State, out var stands)
        ? stands
        : throw new InvalidOperationException($"{Id} is in a state that is not known: '{State}'.");

    public PayoutView View() => new(
        Id, RunId, OrganisationId, Amount, new(Netted, Currency), new(Reversed, Currency), new(Kept, Currency), State, Attempt, TransferId, Reason,
        QueuedAt, PaidAt, ReceiptId);
}
