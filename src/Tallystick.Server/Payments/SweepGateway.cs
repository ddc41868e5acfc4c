using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Asks the gateway what it has made since we last asked: its events, which a webhook may or may not have brought, and every
/// change of our balance. Whatever a webhook tells is also found here. One step, one page.
/// </summary>
internal sealed class SweepGateway(
    Database database, StripeGateway gateway, SweptLists lists, SetAsides setAsides, PaymentsOptions options, TimeProvider clock)
{
    public const string Worker = GatewayFreshness.Sweeper;

    private const int PageSize = 100;

    /// <summary>Clocks differ, and what was made a moment ago may be listed a moment later: each pass looks back so far.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(15);

    /// <summary>After so long without an answer a person is told.</summary>
    private static readonly TimeSpan ToldAfter = TimeSpan.FromMinutes(30);

    private const int CatchUpPagesMost = 200;

    public async Task<bool> Step(CancellationToken stop)
    {
        if (!gateway.IsConfigured)
        {
            return false;
        }

        var row = await database.QueryOne<SweepRow>(
            $"select {SweepRow.Columns} from payments.sweep where due_at <= @Now order by due_at, name limit 1",
            new { Now = clock.GetUtcNow() },
            stop);
        return row is not null && await Page(row, stop);
    }

    /// <summary>Reads one list up to now, for somebody who waits for it; false when the gateway cannot be asked.</summary>
    public async Task<bool> CatchUp(string name, CancellationToken stop)
    {
        var moment = clock.GetUtcNow();
        for (var page = 0; page < CatchUpPagesMost; page++)
        {
            var row = (await database.QueryOne<SweepRow>(
                $"select {SweepRow.Columns} from payments.sweep where name = @name", new { name }, stop))!;
            if (row.CoveredTo >= moment)
            {
                return true;
            }

            if (!await Page(row, stop))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>1 Begin a pass, or go on with it. 2 Ask for its next page. 3 Keep what is new, and how far we are, together.</summary>
    private async Task<bool> Page(SweepRow row, CancellationToken stop)
    {
        // 1
        var now = clock.GetUtcNow();
        var list = lists.Of(row.Name);
        var pass = row.PassTo is { } to
            ? new Pass(row.PassFrom!.Value, to, row.PassAfter)
            : new Pass((row.CoveredTo ?? await list.Begins(now, stop)) - Overlap, now, null);

        // 2
        var question = list.Question(new StripeForm().Add("created[gte]", pass.From.ToUnixTimeSeconds()).Add("limit", PageSize));
        if (pass.After is not null)
        {
            question.Add("starting_after", pass.After);
        }

        var outcome = await gateway.Get(list.Path, question, stop);
        if (outcome is not StripeOutcome.Done done)
        {
            await Failed(row, outcome, now, stop);
            return false;
        }

        // 3
        var items = done.Answer.Items("data").ToList();
        var isLast = !done.Answer.Flag("has_more") || items.Count == 0;
        await database.InTransaction(
            async tx =>
            {
                await list.Keep(tx, items, now);
                // Two who read the same page keep the same; only the first moves the mark.
                await tx.Execute(
                    """
                    update payments.sweep set failures = 0, failing_since = null, error = null, due_at = @Due,
                      covered_to = case when @isLast then greatest(covered_to, @To) else covered_to end,
                      pass_from = case when not @isLast then @From end, pass_to = case when not @isLast then @To end,
                      pass_after = @After
                    where name = @Name and pass_after is not distinct from @Before and pass_to is not distinct from @BeforeTo
                    """,
                    new
                    {
                        row.Name, isLast, pass.From, pass.To,
                        After = isLast ? null : items[^1].Text("id"),
                        Before = row.PassAfter,
                        BeforeTo = row.PassTo,
                        Due = isLast ? now.AddSeconds(options.SweepEverySeconds) : now,
                    });
                await setAsides.Resolve(tx, PaymentCases.Sweep, row.Name, "the gateway answers again");
            },
            stop);
        return true;
    }

    private Task Failed(SweepRow row, StripeOutcome outcome, DateTimeOffset now, CancellationToken stop)
    {
        var why = outcome switch
        {
            StripeOutcome.Refused refused => $"{refused.Status} {refused.Code}",
            StripeOutcome.Unknown unknown => unknown.Why,
            _ => throw new InvalidOperationException("An answer is no failure."),
        };
        var since = row.FailingSince ?? now;
        return database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    update payments.sweep set failures = failures + 1, failing_since = @since, error = left(@why, 500),
                      due_at = @Due, pass_after = case when @refused then null else pass_after end
                    where name = @Name
                    """,
                    new
                    {
                        row.Name, since, why,
                        // A page mark that the gateway does not know any more: the pass begins again.
                        refused = outcome is StripeOutcome.Refused,
                        Due = now.AddSeconds(Math.Min(120, 5 * Math.Pow(2, Math.Min(row.Failures, 10)))),
                    });
                if (now - since >= ToldAfter)
                {
                    await setAsides.Put(tx, PaymentCases.Sweep, row.Name, $"{why}, since {since:u}");
                }
            },
            stop);
    }

    private sealed record Pass(DateTimeOffset From, DateTimeOffset To, string? After);

    private sealed record SweepRow(
        string Name, DateTimeOffset? CoveredTo, DateTimeOffset? PassFrom, DateTimeOffset? PassTo, string? PassAfter, int Failures,
        DateTimeOffset? FailingSince)
    {
        public const string Columns = "name, covered_to, pass_from, pass_to, pass_after, failures, failing_since";
    }
}
