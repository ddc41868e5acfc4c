using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>What was used, earned and paid: <c>usage</c>, <c>statement</c>, <c>payouts</c>, <c>billing-run</c>.</summary>
internal static class BookCommands
{
    public static Command Usage()
    {
        var work = Define.Option<string?>("--work", "Only this work.");
        var licence = Define.Option<string?>("--licence", "Only this licence.");
        var from = Define.Option<string?>("--from", "Since when, UTC (default: 31 days ago).");
        var to = Define.Option<string?>("--to", "Until when, UTC (default: now).");
        var limit = ListCommand.LimitOption();
        var by = new Option<string>("--by") { Description = "hour or day (default: day).", DefaultValueFactory = _ => "day" };
        by.Validators.Add(given =>
        {
            if (given.Tokens is [{ Value: not ("hour" or "day") and var other }])
            {
                given.AddError($"--by is hour or day, not '{other}'.");
            }
        });
        return Define.Command(
            "usage", "Usage of your licences and works, newest first.", "tally usage --work wrk_01jd… --by hour",
            [work, licence, from, to, by, limit],
            async call =>
            {
                using var tally = call.Open();
                var asked = new UsageQuestion(
                    call.Get(work) is { } w ? Call.Id<WorkId>(w, "work") : null,
                    call.Get(licence) is { } l ? Call.Id<LicenceId>(l, "licence") : null,
                    call.Get(from) is { } since ? Call.Instant(since) : null,
                    call.Get(to) is { } until ? Call.Instant(until) : null,
                    call.Get(by)!);
                call.Output.Result(await Read(tally, asked, call.Get(limit), call.Stop), r =>
                {
                    Output.Table(
                        [call.Get(by)!, "work", "licence", "meter", "quantity", "events"],
                        r.Usage.Select(u => (string[])[
                            Call.Time(u.Hour), u.WorkId.ToString(), u.LicenceId.ToString(), u.Meter, Call.Number(u.Quantity),
                            Call.Number(u.Events)]),
                        "Nothing was used.");
                    if (r.NotYetRolledUp > 0)
                    {
                        Console.WriteLine($"{Call.Number(r.NotYetRolledUp)} events are being added up.");
                    }

                    if (r.Next is not null)
                    {
                        Console.WriteLine($"There is more than these {Call.Number(r.Usage.Count)}: see it with a higher --limit.");
                    }
                });
                return 0;
            });
    }

    private static async Task<UsageReport> Read(TallyClient tally, UsageQuestion asked, int most, CancellationToken stop)
    {
        var report = await tally.Usage(asked, null, most, stop);
        var rows = report.Usage.ToList();
        while (report.Next is { } next && rows.Count < most)
        {
            report = await tally.Usage(asked, next, most - rows.Count, stop);
            rows.AddRange(report.Usage);
        }

        return report with { Usage = rows };
    }

    public static Command Statement()
    {
        var statement = new Argument<string?>("STATEMENT")
        {
            Description = "Id of a statement; without it they are listed.", Arity = ArgumentArity.ZeroOrOne,
        };
        var csv = Define.Option<string?>("--csv", "Write all its lines to this file, to the byte as the log commits to them.");
        var limit = ListCommand.LimitOption();
        return Define.Command(
            "statement", "List statements, or show one with its lines.", "tally statement stm_01jd… --csv november.csv", [statement, csv, limit],
            async call =>
            {
                using var tally = call.Open();
                if (call.Parsed.GetValue(statement) is not { } text)
                {
                    await ListCommand.Show(call, call.Get(limit), tally.Statements, Statements);
                    return 0;
                }

                var id = Call.Id<StatementId>(text, "statement");
                if (call.Get(csv) is { } file)
                {
                    await File.WriteAllTextAsync(file, await tally.StatementCsv(id, call.Stop), call.Stop);
                }

                call.Output.Result(await tally.Statement(id, 0, call.Stop), Tell);
                return 0;
            });
    }

    public static Command Payouts() => ListCommand.Create(
        ("payouts", "List payouts, newest first.", "tally payouts"), [],
        (_, tally, after, stop) => tally.Payouts(after, stop),
        new Columns<Payout>(
            ["payout", "amount", "state", "queued", "paid", "transfer"],
            p => [
                p.PayoutId.ToString(), p.Amount.ToString(), p.Reason is null ? p.State : $"{p.State}: {p.Reason}",
                Call.Time(p.QueuedAt), Call.Time(p.PaidAt), p.TransferId ?? ""],
            "There are none yet."));

    public static Command BillingRun()
    {
        var upTo = Define.Option<string?>("--up-to", "Bill everything sealed before this instant, UTC (default: now).");
        var list = Define.Option<bool>("--list", "List earlier runs instead.");
        var limit = ListCommand.LimitOption();
        return Define.Command(
            "billing-run", "Bill what was used, share it, and pay it out (operators). Waits until it is done.",
            "tally billing-run --up-to 2026-12-01 --as operator", [upTo, list, limit],
            async call =>
            {
                using var tally = call.Open();
                if (call.Get(list))
                {
                    await ListCommand.Show(call, call.Get(limit), tally.BillingRuns, new(
                        ["run", "up to", "state", "seals", "closed"],
                        r => [r.BillingRunId.ToString(), Call.Time(r.UpTo), r.State, Call.Number(r.Seals), Call.Time(r.ClosedAt)],
                        "There are none yet."));
                    return 0;
                }

                var opened = await tally.OpenBillingRun(
                    call.Get(upTo) is { } at ? Call.Instant(at) : TimeProvider.System.GetUtcNow(), call.Stop);
                var closed = await call.Output.Waiting("Billing", () => tally.Until(
                    stop => tally.BillingRun(opened.BillingRunId, stop), r => r.State == "closed", call.Stop));
                call.Output.Result(closed, r =>
                {
                    Console.WriteLine($"{r.BillingRunId} is closed: {r.Seals} seals billed.");
                    Output.Table(
                        ["difference", "about", "detail"],
                        r.Differences.Select(d => (string[])[d.Kind, d.Subject, d.Detail]),
                        "Charges, shares and journal agree.");
                });
                return closed.Differences.Count == 0 ? 0 : 1;
            });
    }

    private static Columns<StatementEntry> Statements => new(
        ["statement", "as", "up to", "lines", "gross", "platform fee", "total", "held back"],
        s => [
            s.StatementId.ToString(), s.Role, Call.Time(s.UpTo), Call.Number(s.LineCount), s.Gross.ToString(), s.Fee.ToString(),
            s.Total.ToString(), s.HeldBack.ToString()],
        "There are none yet.");

    private static void Tell(StatementView view)
    {
        Output.Table(Statements.Names, [Statements.Row(view.Statement)], Statements.Empty);
        Output.Table(
            ["line", "title", "meter", "quantity", "gross", "fee", view.Statement.Role == "creator" ? "share" : "paid", "rule", "seals"],
            view.Lines.Select(l => (string[])[
                Call.Number(l.LineId), l.Title, l.Meter, Call.Number(l.Quantity), l.Gross.ToString(), l.Fee.ToString(),
                l.Amount.ToString(), $"v{l.RuleVersion}",
                string.Join(' ', l.Seals.Select(s => s.LogIndex is { } at ? $"{s.SealId} (log {at})" : s.SealId.ToString()))]),
            "It has no lines.");
        if (view.Next is not null)
        {
            Console.WriteLine($"These are the first {Call.Number(view.Lines.Count)} of {Call.Number(view.Statement.LineCount)} lines: --csv FILE writes them all.");
        }

        Console.WriteLine($"sha256 of its CSV  {view.Statement.LinesSha256}");
        Console.WriteLine(view.LogIndex is { } index ? $"In the log as entry {index}; receipt {view.Statement.ReceiptId}." : "Not in the log yet.");
    }
}
