using System.Text.Json.Nodes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;

namespace Tallystick.Client;

/// <summary>A billing run: everything that was sealed before an instant.</summary>
/// <param name="State"><c>open</c>, <c>charging</c>, <c>sharing</c>, <c>statements</c>, <c>payouts</c>, <c>closed</c>.</param>
/// <param name="Waiting">What it waits for, when it does.</param>
/// <param name="Result">Totals, once it is closed.</param>
/// <param name="Differences">What does not agree; empty when all does.</param>
public sealed record BillingRun(
    BillingRunId BillingRunId, DateTimeOffset UpTo, string State, int PlatformFeeBasisPoints, int Seals,
    DateTimeOffset OpenedAt, IReadOnlyList<BillingDifference> Differences, DateTimeOffset? ClosedAt = null,
    string? Waiting = null, JsonNode? Result = null);

/// <summary>Something that does not agree in a billing run.</summary>
public sealed record BillingDifference(string Kind, string Subject, string Detail);

/// <summary>A payout.</summary>
/// <param name="State"><c>queued</c>, <c>sending</c>, <c>unknown</c>, <c>paid</c>, <c>failed</c>, <c>blocked</c>,
/// <c>netted</c> (all of it settled what the payee owed), <c>reversed</c> (taken back, and owed again), <c>set_aside</c>.</param>
/// <param name="Reason">Why it failed or is blocked.</param>
public sealed record Payout(
    PayoutId PayoutId, BillingRunId BillingRunId, OrganisationId OrganisationId, Money Amount, string State,
    DateTimeOffset QueuedAt, string? TransferId = null, string? Reason = null, DateTimeOffset? PaidAt = null,
    ReceiptId? ReceiptId = null);

/// <summary>A statement without its lines.</summary>
/// <param name="Role"><c>creator</c> or <c>buyer</c>.</param>
/// <param name="Total">A creator's shares, or what a buyer paid.</param>
/// <param name="LinesSha256">Of the CSV; the log's receipt commits to it.</param>
public sealed record StatementEntry(
    StatementId StatementId, BillingRunId BillingRunId, string Role, DateTimeOffset UpTo, DateTimeOffset IssuedAt,
    int LineCount, Money Gross, Money Fee, Money Total, Money HeldBack, string LinesSha256, ReceiptId ReceiptId);

/// <summary>A line of a statement: one charge.</summary>
/// <param name="Quantity">In the meter's smallest unit; 1 for a purchase.</param>
/// <param name="Amount">A creator's share, or what a buyer paid.</param>
/// <param name="RuleVersion">Which version of the royalty rule shared it; 0 when the work has none.</param>
public sealed record StatementLine(
    long LineId, WorkId WorkId, string Title, string Meter, long Quantity, Money Gross, Money Fee, Money Amount,
    Money HeldBack, int RuleVersion, IReadOnlyList<StatementSeal> Seals, LicenceId? LicenceId = null,
    BuyerPseudonym? Buyer = null, PurchaseId? PurchaseId = null, string? CarryBefore = null, string? CarryAfter = null);

/// <summary>A seal that a line was counted from, and its entry in the log.</summary>
public sealed record StatementSeal(SealId SealId, long? LogIndex = null);

/// <summary>A statement with a page of its lines.</summary>
public sealed record StatementView(
    StatementEntry Statement, IReadOnlyList<StatementLine> Lines, long? LogIndex = null, long? Next = null);

/// <summary>An invitation to share in what a creator's works earn, or the agreement that came of it.</summary>
/// <param name="State"><c>open</c>, <c>accepted</c>, <c>declined</c> or <c>ended</c>.</param>
/// <param name="WorkId">The work whose rule made it; an agreement is for all works of the creator.</param>
public sealed record RoyaltyInvitation(
    InvitationId InvitationId, OrganisationId Creator, string CreatorName, OrganisationId Payee, string PayeeName, string State,
    WorkId WorkId, string Title, DateTimeOffset AskedAt, DateTimeOffset? AnsweredAt = null);

/// <summary>Below what a payee does not want to be paid yet.</summary>
/// <param name="OperatorLeast">Less than this no billing run pays, in minor units.</param>
/// <param name="MinimumMost">No minimum can be more.</param>
public sealed record PayoutMinimums(IReadOnlyList<Money> Minimums, long OperatorLeast, long MinimumMost);

public sealed partial class TallyClient
{
    /// <summary>Invitations to the caller, or those that the caller's rules made.</summary>
    public Task<ListPage<RoyaltyInvitation>> RoyaltyInvitations(bool sent, string? after, CancellationToken stop) =>
        Get<ListPage<RoyaltyInvitation>>(
            "v1/royalty-invitations" + Query(("as", sent ? "creator" : "payee"), ("limit", 200), ("after", after)), stop);

    /// <summary>Answers an invitation to the caller.</summary>
    /// <param name="answer"><c>accept</c>, <c>decline</c>, or <c>end</c> for an agreement.</param>
    public Task<RoyaltyInvitation> AnswerInvitation(InvitationId invitation, string answer, CancellationToken stop) =>
        // The same answer twice changes nothing: the key only says so to the network code.
        Post<RoyaltyInvitation>($"v1/royalty-invitations/{invitation}/{answer}", null, stop, $"{invitation}/{answer}");

    /// <summary>The caller's minimums.</summary>
    public Task<PayoutMinimums> PayoutMinimums(CancellationToken stop) => Get<PayoutMinimums>("v1/payout-minimums", stop);

    /// <summary>Sets the caller's minimums, all at once; a currency that is left out has none.</summary>
    public Task<PayoutMinimums> SetPayoutMinimums(IReadOnlyList<Money> minimums, CancellationToken stop) =>
        Put<PayoutMinimums>("v1/payout-minimums", new { minimums }, stop);

    /// <summary>Asks for what is payable in a currency, whatever the minimum.</summary>
    /// <param name="key">The same key again is the same payout.</param>
    /// <exception cref="TallyProblemException">Nothing is payable, the account cannot receive, or it was asked for within a day.</exception>
    public Task<Payout> AskForPayout(Currency currency, string key, CancellationToken stop) =>
        Post<Payout>("v1/payouts", new { currency }, stop, key);

    /// <summary>Sets how a work's earnings are shared from an instant on; answers the new version as JSON.</summary>
    /// <param name="rule">Parts of what remains after the platform's fee; they make 10 000 basis points.</param>
    /// <param name="effectiveFrom">Null for now.</param>
    public Task<JsonObject> SetRoyaltyRule(
        WorkId work, RoyaltyRule rule, DateTimeOffset? effectiveFrom, CancellationToken stop)
    {
        var body = Core.Json.TallyJson.ToNode(rule).AsObject();
        if (effectiveFrom is { } from)
        {
            body["effective_from"] = from.ToUniversalTime();
        }

        return Put<JsonObject>($"v1/works/{work}/royalty-rule", body, stop);
    }

    /// <summary>Statements of the caller, newest first, two hundred at a time.</summary>
    public Task<ListPage<StatementEntry>> Statements(string? after, CancellationToken stop) =>
        Get<ListPage<StatementEntry>>("v1/statements" + Query(("limit", 200), ("after", after)), stop);

    /// <summary>A statement with up to two hundred of its lines.</summary>
    /// <param name="afterLine">Last line of the page before; 0 to begin.</param>
    public Task<StatementView> Statement(StatementId statement, long afterLine, CancellationToken stop) =>
        Get<StatementView>($"v1/statements/{statement}" + Query(("after", afterLine), ("limit", 200)), stop);

    /// <summary>All lines of a statement as CSV (RFC 4180), amounts in minor units: the bytes the log commits to.</summary>
    public Task<string> StatementCsv(StatementId statement, CancellationToken stop) =>
        Get<string>($"v1/statements/{statement}.csv", stop);

    /// <summary>Payouts of the caller, newest first; an operator sees all.</summary>
    public Task<ListPage<Payout>> Payouts(string? after, CancellationToken stop) =>
        Get<ListPage<Payout>>("v1/payouts" + Query(("limit", 200), ("after", after)), stop);

    /// <summary>From a payout back to the charges, seals and, for one line, the requests that earned it, as JSON.</summary>
    /// <param name="line">Only this line, with its usage events.</param>
    public Task<JsonObject> TracePayout(PayoutId payout, long? line, CancellationToken stop) =>
        Get<JsonObject>($"v1/payouts/{payout}/trace" + Query(("limit", 200), ("line", line)), stop);

    /// <summary>From a request on to its seal, charge, statement and payouts, as JSON.</summary>
    public Task<JsonObject> TraceRequest(RequestId request, CancellationToken stop) =>
        Get<JsonObject>($"v1/requests/{request}/trace", stop);

    /// <summary>Bills everything sealed before an instant. The same instant again answers the same run. Operators only.</summary>
    public Task<BillingRun> OpenBillingRun(DateTimeOffset upTo, CancellationToken stop) =>
        // The run is named by its instant, so sending this twice opens one run: the key only says so to the network code.
        Post<BillingRun>("v1/billing-runs", new { up_to = upTo }, stop, $"billing-run/{upTo.UtcTicks}");

    /// <summary>How a billing run stands. Operators only.</summary>
    public Task<BillingRun> BillingRun(BillingRunId run, CancellationToken stop) =>
        Get<BillingRun>($"v1/billing-runs/{run}", stop);

    /// <summary>Billing runs, newest first. Operators only.</summary>
    public Task<ListPage<BillingRun>> BillingRuns(string? after, CancellationToken stop) =>
        Get<ListPage<BillingRun>>("v1/billing-runs" + Query(("limit", 200), ("after", after)), stop);
}
