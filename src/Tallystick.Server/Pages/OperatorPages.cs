using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Pages;

/// <summary>For whoever runs this installation: is it healthy, how far is it behind, what needs a hand.</summary>
internal static class OperatorPages
{
    private const int PerPage = 20;
    private const int ComparisonsPerPage = 5;
    private const int PayoutsShown = 50;

    /// <summary>Those that need a hand first.</summary>
    private static readonly string[] NotPaid = ["set_aside", "failed", "unknown", "blocked", "sending", "queued"];

    public static void Map(IEndpointRouteBuilder pages)
    {
        var operators = pages.MapGroup("/operator").AddEndpointFilter((context, next) =>
            context.HttpContext.User.HasClaim(Caller.ScopeClaim, Scope.Operate)
                ? next(context)
                : throw new PageRefusedException(Problems.Forbidden.With("Only the operator of this installation sees this.")));
        operators.MapGet("", (
            PageApi api, [AsParameters] Sources sources, [AsParameters] Cursors cursors, string? done, CancellationToken stop) =>
            Draw(api, sources, cursors, new(Said(done), null), stop));
        SetAsidePages.Map(operators);
        // Where a refused button leaves the browser: loaded again, it is the page.
        operators.MapGet("/billing-runs", () => Page.SeeOther("/operator"));
        operators.MapGet("/books", async (PageApi api) =>
            Page.Of<BooksView>(new { Report = await api.Read<BooksReport>("CheckBooks") }));
        operators.MapPost("/billing-runs", async (
            [FromForm] string? sure, PageApi api, [AsParameters] Sources sources, CancellationToken stop) =>
            await Done(await api.Try<BillingRunRow>("OpenBillingRun", body: new { up_to = sources.Ids.Now }), "billing", api, sources, stop));
        operators.MapPost("/webhooks/{id:long}/replay", async (
            long id, [FromForm] string? sure, PageApi api, [AsParameters] Sources sources, CancellationToken stop) =>
            await Done(await api.Try<WebhookRow>("ReplayInboundWebhook", new { id }), "replay", api, sources, stop));
        operators.MapPost("/payouts/{id}/retry", async (
            string id, [FromForm] string? sure, PageApi api, [AsParameters] Sources sources, CancellationToken stop) =>
            await Done(await api.Try<PayoutRow>("RetryPayout", new { id }), "retry", api, sources, stop));
    }

    private static async Task<IResult> Draw(PageApi api, Sources sources, Cursors cursors, Ending ending, CancellationToken stop)
    {
        var report = await sources.Health.CheckHealthAsync(stop);
        var marks = await sources.Metering.Marks(stop);
        var gates = await sources.Gates.All(stop);
        var backlog = await sources.Outbox.Read(stop);
        var conflicts = await sources.Metering.Conflicts(cursors.Conflicts, PerPage + 1, stop);
        var payouts = await Unsettled(api);
        return Page.Of<OperatorView>(new
        {
            Health = (IReadOnlyList<HealthRow>)[.. report.Entries.Select(e => new HealthRow(
                e.Key, e.Value.Status == HealthStatus.Healthy ? "healthy" : "unhealthy", e.Value.Description ?? e.Value.Exception?.Message))],
            Marks = new MarksRow(
                marks.Acknowledged, marks.RolledUp, marks.Sealed, marks.SealedLastMinute, marks.LastSeal, marks.OldestUnbilled, marks.Conflicts),
            Gates = (IReadOnlyList<GateRow>)[.. gates.Select(g => new GateRow(
                g.Name, g.LastEpoch, g.LastSeenAt, g.FeedBehind, g.StateAt, g.Reasons, g.EventsWaiting, g.EventsSetAside, g.RefusedAt))],
            Backlog = new BacklogRow(backlog.Waiting, backlog.Oldest, backlog.Failing, backlog.LastError),
            Conflicts = new Listed<ConflictRow>(
                [.. conflicts.Take(PerPage).Select(c => new ConflictRow(new GateId(c.Emitter).ToString(), c.Epoch, c.Seq, c.At))],
                conflicts.Count > PerPage ? conflicts[PerPage - 1].Id.ToString(CultureInfo.InvariantCulture) : null,
                cursors.Conflicts?.ToString(CultureInfo.InvariantCulture)),
            Runs = await api.List<BillingRunRow>("ListBillingRuns", cursors.Runs, new { limit = PerPage }),
            Webhooks = await api.List<WebhookRow>("ListInboundWebhooks", cursors.Webhooks, new { limit = PerPage }),
            Comparisons = await api.List<ComparisonRow>("ListGatewayComparisons", cursors.Comparisons, new { limit = ComparisonsPerPage }),
            Payouts = payouts.Shown,
            MorePayouts = payouts.More,
            SetAside = await SetAsidePages.Open(api),
            sources.Ids.Now,
            ending.Done,
            Error = ending.Refused is { } refused ? $"{refused.Type.Title} {refused.Detail}" : null,
        }, ending.Refused?.Type.Status ?? StatusCodes.Status200OK);
    }

    /// <summary>Payouts that are not paid: those that need a hand first, of each state the newest; and the states that have more.</summary>
    private static async Task<(IReadOnlyList<PayoutRow> Shown, IReadOnlyList<string> More)> Unsettled(PageApi api)
    {
        var (open, more) = (new List<PayoutRow>(), new List<string>());
        foreach (var state in NotPaid)
        {
            var part = await api.Read<Part<PayoutRow>>("ListPayouts", new { state, limit = PayoutsShown });
            if (part.Next is not null || open.Count + part.Items.Count > PayoutsShown)
            {
                more.Add(state);
            }

            open.AddRange(part.Items);
        }

        return ([.. open.Take(PayoutsShown)], more);
    }

    private static async Task<IResult> Done<T>(
        Outcome<T> outcome, string what, PageApi api, Sources sources, CancellationToken stop) =>
        outcome.Refusal is { } refusal
            ? await Draw(api, sources, new(), new(null, refusal), stop)
            : Page.SeeOther($"/operator?done={what}");

    // A word and not a sentence in the address: nobody can send a link that makes this page say something.
    private static string? Said(string? done) => done switch
    {
        "billing" => "A billing run was opened: it bills what is sealed until now.",
        "replay" => "The webhook is worked out once more.",
        "retry" => "The payout is queued again.",
        _ => null,
    };

    /// <summary>What a form came to: what was done, or why it was not.</summary>
    private sealed record Ending(string? Done, Refusal? Refused);

    /// <summary>Which part of each list is shown: what it begins after.</summary>
    internal sealed record Cursors
    {
        [FromQuery(Name = "billing")]
        public string? Runs { get; init; }

        [FromQuery(Name = "gateway")]
        public string? Comparisons { get; init; }

        [FromQuery(Name = "conflicts")]
        public long? Conflicts { get; init; }

        [FromQuery(Name = "webhooks")]
        public string? Webhooks { get; init; }
    }

    internal sealed record Sources(
        [FromServices] HealthCheckService Health, [FromServices] MeteringProgress Metering, [FromServices] KnownGates Gates,
        [FromServices] OutboxBacklog Outbox, [FromServices] IdSource Ids);
}

/// <summary>A health check.</summary>
public sealed record HealthRow(string Name, string State, string? Detail);

/// <summary>How far counting has come.</summary>
public sealed record MarksRow(
    long Acknowledged, long RolledUp, long Sealed, long SealedLastMinute, DateTimeOffset? LastSeal, DateTimeOffset? OldestUnbilled, long Conflicts);

/// <summary>A gate.</summary>
public sealed record GateRow(
    string Name, long LastEpoch, DateTimeOffset? LastSeenAt, long FeedBehind, DateTimeOffset? StateAt, IReadOnlyList<string> Reasons,
    long EventsWaiting, long EventsSetAside, DateTimeOffset? RefusedAt)
{
    /// <summary>A gate tells its state four times a minute: one that has not for so long is not counted on.</summary>
    public bool IsSilent(DateTimeOffset now) => StateAt is { } at && now - at > TimeSpan.FromMinutes(2);
}

/// <summary>What handlers still owe.</summary>
public sealed record BacklogRow(long Waiting, DateTimeOffset? Oldest, long Failing, string? LastError);

/// <summary>An identity that came with two contents.</summary>
public sealed record ConflictRow(string Gate, long Epoch, long Seq, DateTimeOffset At);

/// <summary>A billing run.</summary>
public sealed record BillingRunRow(
    BillingRunId BillingRunId, DateTimeOffset UpTo, string State, int Seals, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? Waiting);

/// <summary>Our books beside the payment provider's balance in one currency.</summary>
public sealed record ComparisonRow(DateTimeOffset ComparedAt, Money Ours, Money Theirs, Money Unbooked, Money Unexplained);

/// <summary>A webhook that came in.</summary>
public sealed record WebhookRow(
    long Id, DateTimeOffset ReceivedAt, string Verdict, string? EventId, string? Type, int Deliveries, string State,
    string? Result, int Attempts, DateTimeOffset? ProcessedAt);

/// <summary>What recomputing the books found.</summary>
public sealed record BooksReport(bool Holds, IReadOnlyList<BooksCheck> Checks);

/// <summary>One invariant of the books.</summary>
public sealed record BooksCheck(string Name, IReadOnlyList<string> Differences);
