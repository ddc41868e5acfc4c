using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Pages.Parts;

namespace Tallystick.Server.Pages;

/// <summary>What a creator earns: works, use, balances, onboarding, statements, payouts.</summary>
internal static class CreatorPages
{
    private const int PerPage = 50;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/creator", (
            PageApi api, Caller caller, [AsParameters] Sources sources, [AsParameters] Cursors cursors, CancellationToken stop) =>
            Draw(api, caller, sources, cursors, null, stop));
        pages.MapPost("/creator/payout-account", Onboard);
        // Where a refused form leaves the browser: loaded again, it is the page.
        pages.MapGet("/creator/payout-account", () => Page.SeeOther("/creator"));
        pages.MapPost("/creator/invitations/{id}/{answer}", Answer);
        pages.MapPost("/creator/payouts", AskForPayout);
        pages.MapGet("/creator/payouts", () => Page.SeeOther("/creator"));
        pages.MapGet("/payouts/{id}", ShowPayout);
    }

    private static async Task<IResult> Draw(PageApi api, Caller caller, Sources sources, Cursors cursors, FormError? error, CancellationToken stop)
    {
        var statements = await StatementPages.Of(api, "creator", cursors.Statements);
        return Page.Of<CreatorView>(new
        {
            Works = await api.List<WorkCard>("ListWorks", cursors.Works, new { mine = "true", limit = PerPage }),
            Owed = Owed(await sources.Balances.Of(caller.Organisation.Value, stop)),
            Account = await api.Find<PayoutAccountCard>("ShowPayoutAccount"),
            // An organisation that also buys sees its purchases on the other page.
            Usage = await UsageCharts.Read(api, sources.Ids.Now, "creator"),
            Statements = statements,
            Earnings = Earnings(cursors.Statements is null ? statements.Items : (await StatementPages.Of(api, "creator", null)).Items),
            // An operator may see everybody's: here are the own ones.
            Payouts = await api.List<PayoutRow>("ListPayouts", cursors.Payouts, new { mine = "true", limit = PerPage }),
            Invitations = await api.List<InvitationRow>("ListRoyaltyInvitations", cursors.Invitations, new { @as = "payee", limit = PerPage }),
            Minimums = (await api.Read<MinimumsCard>("ShowPayoutMinimums")).Minimums,
            Key = sources.Ids.New<RequestId>().ToString(),
            Error = error,
        }, error is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> Onboard(
        [FromForm] string? country, PageApi api, Caller caller, [AsParameters] Sources sources, CancellationToken stop)
    {
        var opened = await api.Try<Link>("OpenPayoutAccount", body: new
        {
            country = (country ?? "").Trim().ToUpperInvariant(),
            return_url = $"{sources.Server.PublicUrl}/creator",
            refresh_url = $"{sources.Server.PublicUrl}/creator",
        });
        return opened.Succeeded(out var link, out var refusal)
            ? Page.SeeOther(link.OnboardingUrl)
            : await Draw(api, caller, sources, new(), FormError.Of("payout-account", refusal, country), stop);
    }

    private static async Task<IResult> Answer(
        string id, string answer, PageApi api, Caller caller, [AsParameters] Sources sources, CancellationToken stop)
    {
        var route = answer switch
        {
            "accept" => "AcceptRoyaltyInvitation",
            "decline" => "DeclineRoyaltyInvitation",
            "end" => "EndRoyaltyAgreement",
            _ => throw new PageRefusedException(Problems.NotFound.With("There is no such answer.")),
        };
        return (await api.Try<InvitationRow>(route, new { id })).Succeeded(out _, out var refusal)
            ? Page.SeeOther("/creator#invitations")
            : await Draw(api, caller, sources, new(), FormError.Of("invitations", refusal), stop);
    }

    private static async Task<IResult> AskForPayout(
        [FromForm] string? currency, [FromForm] string? key, PageApi api, Caller caller, [AsParameters] Sources sources,
        CancellationToken stop) =>
        (await api.Try<PayoutRow>("AskForPayout", body: new { currency = currency ?? "" }, idempotencyKey: key))
            .Succeeded(out _, out var refusal)
            ? Page.SeeOther("/creator#payouts")
            : await Draw(api, caller, sources, new(), FormError.Of("payouts", refusal, currency), stop);

    private static async Task<IResult> ShowPayout(string id, PageApi api, Caller caller, long? line, long? after) =>
        Page.Of<PayoutPageView>(new
        {
            Trace = await api.Read<PayoutTrace>("TracePayout", new { id, line, after = after ?? 0, limit = 50 }),
            Line = line,
            caller.IsOperator,
        });

    // The books hold what we owe as credit: negative. People read what is theirs as positive.
    private static List<OwedRow> Owed(IReadOnlyList<AccountBalance> balances) =>
        [.. balances.GroupBy(b => b.Currency).Select(g => new OwedRow(
            Of(g, g.Key, "creator_payable"), Of(g, g.Key, "holdback"), Of(g, g.Key, "payout_in_transit"), Of(g, g.Key, "creator_debt")))];

    private static Money Of(IEnumerable<AccountBalance> balances, Currency currency, string kind) =>
        new(-balances.Where(b => b.Kind == kind).Sum(b => b.Minor), currency);

    private static List<EarningsChart> Earnings(IReadOnlyList<StatementRow> statements) =>
        [.. statements.GroupBy(s => s.Total.Currency).Select(g => new EarningsChart(
            g.Key,
            [.. g.Reverse().Select(s => new ChartPoint(
                s.UpTo.UtcDateTime.ToString("d MMM", System.Globalization.CultureInfo.InvariantCulture),
                Words.Time(s.UpTo),
                Math.Max(0, s.Total.Minor)))]))];

    internal sealed record Sources(
        [FromServices] OwnBalances Balances, [FromServices] IdSource Ids, [FromServices] FoundationOptions Server);

    /// <summary>Which part of each list is shown: what it begins after.</summary>
    internal sealed record Cursors
    {
        [FromQuery(Name = "works")]
        public string? Works { get; init; }

        [FromQuery(Name = "invitations")]
        public string? Invitations { get; init; }

        [FromQuery(Name = "statements")]
        public string? Statements { get; init; }

        [FromQuery(Name = "payouts")]
        public string? Payouts { get; init; }
    }

    private sealed record Link(string OnboardingUrl);
}

/// <summary>An invitation to share in somebody's works, or the agreement that came of it.</summary>
public sealed record InvitationRow(
    InvitationId InvitationId, OrganisationId Creator, string CreatorName, string State, string Title, DateTimeOffset AskedAt);

/// <summary>Below what the payee does not want to be paid yet.</summary>
public sealed record MinimumsCard(IReadOnlyList<Money> Minimums);

/// <summary>What a creator is owed in one currency.</summary>
public sealed record OwedRow(Money Payable, Money Holdback, Money OnItsWay, Money Debt);

/// <summary>The account at the gateway.</summary>
public sealed record PayoutAccountCard(string Country, string Transfers, bool PayoutsEnabled, bool DetailsSubmitted)
{
    public bool CanReceive => Transfers == "active";
}

/// <summary>Earnings of one currency, a bar a statement.</summary>
public sealed record EarningsChart(Currency Currency, IReadOnlyList<ChartPoint> Points);

/// <summary>A payout.</summary>
public sealed record PayoutRow(
    PayoutId PayoutId, BillingRunId BillingRunId, OrganisationId OrganisationId, Money Amount, string State, int Attempt,
    string? TransferId, string? Reason, DateTimeOffset QueuedAt, DateTimeOffset? PaidAt, ReceiptId? ReceiptId,
    Money Netted, Money Reversed, Money Kept);

/// <summary>A payout with what earned it.</summary>
public sealed record PayoutTrace(
    PayoutRow Payout, IReadOnlyList<TraceLine> Lines, IReadOnlyList<ReleasedRow> Released, IReadOnlyList<System.Text.Json.Nodes.JsonObject> Events);

/// <summary>A charge that a payout pays.</summary>
public sealed record TraceLine(
    long LineId, BillingRunId BillingRunId, WorkId WorkId, string Title, string? Buyer, PurchaseId? PurchaseId, string Meter,
    long Quantity, Money Gross, Money Share, Money HeldBack, int RuleVersion, IReadOnlyList<SealId> Seals);

/// <summary>What an earlier run held back.</summary>
public sealed record ReleasedRow(BillingRunId BillingRunId, Money Amount);
