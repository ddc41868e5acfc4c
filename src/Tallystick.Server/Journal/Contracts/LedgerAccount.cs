using System.Text.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Server.Journal.Contracts;

/// <summary>What an account holds. docs/money-flow.md says which event moves what.</summary>
internal enum AccountKind
{
    /// <summary>At the gateway, not yet ours to use.</summary>
    GatewayPending,

    /// <summary>At the gateway, ours to pay out.</summary>
    GatewayAvailable,

    /// <summary>Our bank account.</summary>
    Bank,

    /// <summary>What a buyer has prepaid and not used. Owner: the buyer.</summary>
    BuyerPrepaid,

    /// <summary>What a buyer has used of a payment that was taken back. Owner: the buyer, who owes it.</summary>
    BuyerDebt,

    /// <summary>A one-off price inside its refund window. Owner: the purchase.</summary>
    Deferred,

    /// <summary>What is owed to a creator. Owner: the creator.</summary>
    CreatorPayable,

    /// <summary>Owed, but kept back for disputes until a day. Owner: the creator.</summary>
    Holdback,

    /// <summary>What a creator owes after a dispute that was lost. Owner: the creator.</summary>
    CreatorDebt,

    /// <summary>Queued or on its way. Owner: the creator.</summary>
    PayoutInTransit,

    /// <summary>Asked back out of a wallet and not refunded yet. Owner: the buyer.</summary>
    RefundInTransit,

    /// <summary>What the operator earned.</summary>
    PlatformFee,

    /// <summary>What the gateway took.</summary>
    GatewayFees,

    /// <summary>Withdrawn by the gateway while a dispute is open; what stays after a lost one is the operator's loss.</summary>
    DisputeReserve,

    /// <summary>What the operator has decided to bear instead of those who got the money.</summary>
    OperatorLoss,

    /// <summary>Collected for tax offices.</summary>
    Tax,

    /// <summary>Whole minor units that rounding moved between periods.</summary>
    RoundingCarry,

    /// <summary>
    /// Between what was paid in one currency and settled by the gateway in another: each side holds what the other lacks, so that
    /// both together are what rates have made or cost.
    /// </summary>
    FxPosition,

    /// <summary>Money that nobody can name yet: each entry is somebody's task.</summary>
    Suspense,
}

/// <summary>An account of the journal: made by the first posting that names it.</summary>
internal readonly record struct LedgerAccount(AccountKind Kind, Guid Owner, Currency Currency)
{
    private static readonly Dictionary<string, AccountKind> Kinds =
        Enum.GetValues<AccountKind>().ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>An account of the installation itself.</summary>
    public static LedgerAccount Of(AccountKind kind, Currency currency) => new(kind, Guid.Empty, currency);

    public static LedgerAccount Of(AccountKind kind, OrganisationId owner, Currency currency) =>
        new(kind, owner.Value, currency);

    public static LedgerAccount Deferred(PurchaseId purchase, Currency currency) =>
        new(AccountKind.Deferred, purchase.Value, currency);

    public JournalLine Debit(long minor) => new(this, new Money(minor, Currency));

    public JournalLine Credit(long minor) => new(this, new Money(-minor, Currency));

    /// <summary>The kind that a name in the database stands for.</summary>
    public static AccountKind KindOf(string name) => Kinds[name];

    /// <summary>The name of a kind in the database and on the wire.</summary>
    public static string NameOf(AccountKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}

/// <summary>One side of a transaction.</summary>
/// <param name="Account">Where.</param>
/// <param name="Amount">Debit positive, credit negative; a line of nothing is left out when posted.</param>
internal sealed record JournalLine(LedgerAccount Account, Money Amount);

/// <summary>A transaction to post.</summary>
/// <param name="Kind">What happened: <c>purchase.paid</c>.</param>
/// <param name="Reference">Unique name of this very occurrence: <c>purchase/pur_…/paid</c>.</param>
/// <param name="At">When it happened.</param>
/// <param name="Lines">At least two, zero in sum for every currency.</param>
internal sealed record JournalEntry(string Kind, string Reference, DateTimeOffset At, IReadOnlyList<JournalLine> Lines);

/// <summary>
/// A rule of the books that a module can prove from its own tables. <c>GET /v1/journal/checks</c> runs them all.
/// </summary>
/// <param name="Name">What must hold.</param>
/// <param name="Differences">One line for every place where it does not, at most a hundred.</param>
internal sealed record BookCheck(
    string Name, Func<IServiceProvider, CancellationToken, Task<IReadOnlyList<string>>> Differences);
