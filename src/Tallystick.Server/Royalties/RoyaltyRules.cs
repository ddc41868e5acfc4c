using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>Who shares what a work earns. A rule is never changed: a new version takes over at its day.</summary>
internal sealed class RoyaltyRules(
    Database database, Works works, Organisations organisations, PayeeConsents consents, TimeProvider clock)
{
    private const int VersionsMost = 1_000;

    /// <summary>A clock that is a little behind ours must not make a rule that is meant for now invalid.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(10);

    public static void Map(WebApplication app)
    {
        app.MapPut("/v1/works/{id}/royalty-rule", async (
            WorkId id, Request body, RoyaltyRules slice, Caller caller, CancellationToken stop) =>
            (await slice.Put(id, body, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogWrite)
            .WithName("PutRoyaltyRule")
            .WithSummary("Adds a version of the rule by which the earnings of the caller's work are shared.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        app.MapGet("/v1/works/{id}/royalty-rule", async (
            WorkId id, RoyaltyRules slice, Caller caller, CancellationToken stop, int? after = null, int limit = 50) =>
            (await slice.List(id, caller, after, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.CatalogRead)
            .WithName("ListRoyaltyRules")
            .WithSummary("All versions of a work's rule, newest first; none means everything to the creator.")
            .Produces<Page<View>>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>1 The caller's work. 2 A rule that can be used. 3 Payees that exist. 4 And have agreed, and not left. 5 The next version.</summary>
    public async Task<Outcome<View>> Put(WorkId id, Request body, Caller caller, CancellationToken stop)
    {
        // 1
        if (await works.Find(id, stop) is not { } work || work.Creator != caller.Organisation)
        {
            return Problems.NotFound.With("No work of yours has this id.");
        }

        // 2
        var (rule, now) = (body.Rule(), clock.GetUtcNow());
        var errors = RuleCheck.Errors(rule).GroupBy(e => e.Member, e => e.Message)
            .ToDictionary(e => e.Key, e => e.ToArray(), StringComparer.Ordinal);
        // What was earned is shared by the rule of its moment: an instant just past means now, an older one is a mistake.
        var from = body.EffectiveFrom is { } wanted && wanted > now ? wanted : now;
        if (body.EffectiveFrom < now - ClockTolerance || from > now.AddYears(10))
        {
            errors["effective_from"] = ["now or later, within ten years: what was earned is shared by the rule of its moment."];
        }

        if (body.MinimumPayout is not null)
        {
            errors["minimum_payout"] = ["is the payee's own to set, and no part of a rule: leave it out."];
        }

        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        // 3
        var payees = RuleCheck.Flatten(rule).Shares.Select(s => s.Payee).ToList();
        var known = (await organisations.FindAll(payees, stop)).Select(o => o.OrganisationId).ToHashSet();
        if (payees.Where(p => !known.Contains(p)).Select(p => p.ToString()).ToArray() is { Length: > 0 } unknown)
        {
            return Problems.Invalid("payees", $"no organisation is called {string.Join(", ", unknown)}.");
        }

        return await database.InTransaction<Outcome<View>>(
            async tx =>
            {
                // 4. Nobody who is gone. The invitations are kept although the rule is not.
                var closed = await Organisations.ClosedOf(tx, payees.Where(p => p != caller.Organisation).Select(p => p.Value));
                if (closed.Count > 0)
                {
                    return Problems.Invalid("payees", $"{string.Join(", ", closed)} has closed its account and can be given no share.");
                }

                if (await consents.Require(tx, work, payees) is { } missing)
                {
                    return missing;
                }

                // 5
                await tx.Take(Turn.RoyaltyRule, id);
                var version = await tx.QueryOne<int>(
                    "select coalesce(max(version), 0) + 1 from royalties.rule where work_id = @id", new { id });
                if (version > VersionsMost)
                {
                    return Problems.Conflict.With($"A work has at most {VersionsMost} versions of its rule.");
                }

                await tx.Execute(
                    """
                    insert into royalties.rule (work_id, version, effective_from, body, created_by, created_at)
                    values (@id, @version, @from, @Body, @Organisation, @now)
                    """,
                    new { id, version, from, Body = SqlTypes.Json(rule), caller.Organisation, now });
                return new View(version, from, rule);
            },
            stop);
    }

    public async Task<Outcome<Page<View>>> List(
        WorkId id, Caller caller, int? after, int limit, CancellationToken stop)
    {
        if (await works.Find(id, stop) is not { } work || (work.Creator != caller.Organisation && !caller.IsOperator))
        {
            return Problems.NotFound.With("No work of yours has this id.");
        }

        if (NumberedPage.Check(limit, after ?? 0) is { } invalid)
        {
            return invalid;
        }

        return await Page<View>.Read(
            limit,
            async most => [.. (await database.Query<Row>(
                """
                select version, effective_from, body from royalties.rule
                where work_id = @id and version < @Before order by version desc limit @most
                """,
                new { id, Before = after ?? int.MaxValue, most },
                stop)).Select(r => new View(r.Version, r.EffectiveFrom, SqlTypes.FromJson<RoyaltyRule>(r.Body)))],
            v => v.Version.ToString(CultureInfo.InvariantCulture));
    }

    internal sealed record Request(
        IReadOnlyList<SplitPart> Payees,
        IReadOnlyDictionary<string, IReadOnlyList<SplitPart>>? Groups = null,
        Core.Amounts.Money? MinimumPayout = null,
        int HoldbackBasisPoints = 0,
        int HoldbackDays = 0,
        DateTimeOffset? EffectiveFrom = null)
    {
        public RoyaltyRule Rule() => new(Payees, Groups, null, HoldbackBasisPoints, HoldbackDays);
    }

    internal sealed record View(int Version, DateTimeOffset EffectiveFrom, RoyaltyRule Rule);

    private sealed record Row(int Version, DateTimeOffset EffectiveFrom, JsonNode Body);
}
