using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>Opens billing runs and shows them. A run is its cut: asking twice for one cut gives one run.</summary>
internal sealed class BillingRuns(
    Database database, RoyaltiesOptions options, IdSource ids, WakeUps wakeUps, TimeProvider clock)
{
    public static void Map(WebApplication app)
    {
        app.MapPost("/v1/billing-runs", async (Request body, BillingRuns slice, CancellationToken stop) =>
            (await slice.Open(body.UpTo, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("OpenBillingRun")
            .WithSummary("Bills everything sealed before an instant. Repeating it answers the same run.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict);
        app.MapGet("/v1/billing-runs", async (
            BillingRuns slice, CancellationToken stop, BillingRunId? after = null, int limit = 50) =>
            (await slice.List(after, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("ListBillingRuns")
            .WithSummary("Billing runs, newest first.")
            .Produces<Page<View>>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden);
        app.MapGet("/v1/billing-runs/{id}", async (BillingRunId id, BillingRuns slice, CancellationToken stop) =>
            await slice.Find(id, stop) is { } view
                ? Results.Ok(view)
                : Problems.NotFound.With("No billing run has this id.").ToHttp())
            .RequiresScope(Scope.Operate)
            .WithName("ShowBillingRun")
            .WithSummary("A billing run: how far it is, what it billed, and what does not agree.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    public async Task<Outcome<View>> Open(DateTimeOffset upTo, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        // The database keeps microseconds: what is finer would be another cut each time it is read back.
        var cut = new DateTimeOffset(upTo.UtcTicks - (upTo.UtcTicks % 10), TimeSpan.Zero);
        if (cut > now || cut < DateTimeOffset.UnixEpoch)
        {
            return Problems.Invalid("up_to", "an instant that has passed: what is sealed later must not slip in.");
        }

        var opened = await database.InTransaction(
            async tx =>
            {
                await tx.Take(Turn.BillingRun);
                var there = await tx.QueryOne<RunRow>(
                    $"select {RunRow.Columns} from royalties.run where up_to = @cut", new { cut });
                if (there is not null || await tx.QueryOne<bool>(
                    "select exists (select 1 from royalties.run where state <> 'closed')"))
                {
                    return there;
                }

                await tx.Execute(
                    """
                    insert into royalties.run (id, up_to, state, fee_basis_points, opened_at)
                    values (@Id, @cut, 'open', @Fee, @now)
                    """,
                    new { Id = ids.New<BillingRunId>(), cut, Fee = options.PlatformFeeBasisPoints, now });
                tx.AfterCommit(() => wakeUps.Wake(RunBilling.Worker));
                return await tx.QueryOne<RunRow>(
                    $"select {RunRow.Columns} from royalties.run where up_to = @cut", new { cut });
            },
            stop);
        return opened is null
            ? RoyaltiesProblems.RunOpen.With("Only one run is open at a time.")
            : View.Of(opened, []);
    }

    public Task<Outcome<Page<View>>> List(BillingRunId? after, int limit, CancellationToken stop) => Page<View>.Read(
        limit,
        async most => [.. (await database.Query<RunRow>(
            $"""
            select {RunRow.Columns} from royalties.run
            where @After::uuid is null or up_to < (select up_to from royalties.run where id = @After)
            order by up_to desc limit @most
            """,
            new { After = after?.Value, most },
            stop)).Select(r => View.Of(r, []))],
        r => r.BillingRunId.ToString());

    public async Task<View?> Find(BillingRunId id, CancellationToken stop)
    {
        var row = await database.QueryOne<RunRow>(
            $"select {RunRow.Columns} from royalties.run where id = @id", new { id }, stop);
        return row is null ? null : View.Of(row, await database.Query<Difference>(
            "select kind, subject, detail from royalties.difference where run_id = @id order by kind, subject limit 1000",
            new { id },
            stop));
    }

    internal sealed record Request(DateTimeOffset UpTo);

    internal sealed record Difference(string Kind, string Subject, string Detail);

    /// <param name="State">open, collecting, charging, settling, sharing, statements, payouts, closed.</param>
    /// <param name="Waiting">What the run waits for, when it does.</param>
    /// <param name="Result">Totals per currency, once it is closed.</param>
    internal sealed record View(
        BillingRunId BillingRunId, DateTimeOffset UpTo, string State, int PlatformFeeBasisPoints, int Seals,
        DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? Waiting, JsonNode? Result,
        IReadOnlyList<Difference> Differences)
    {
        public static View Of(RunRow row, IReadOnlyList<Difference> differences) => new(
            row.Id, row.UpTo, row.State, row.FeeBasisPoints, row.Seals, row.OpenedAt, row.ClosedAt, row.Waiting,
            row.Result, differences);
    }
}
