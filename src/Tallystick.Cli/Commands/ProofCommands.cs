using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>What proves it: <c>receipts</c>, <c>receipt</c>, <c>trace</c>, <c>log</c>.</summary>
internal static class ProofCommands
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Receipts()
    {
        var kind = Define.Option<string?>("--kind", "licence_granted, licence_revoked, licence_restored, usage_sealed, statement_issued, payout_made, …");
        var subject = Define.Option<string?>("--about", "Only about this, such as a licence's id.");
        return ListCommand.Create(
            ("receipts", "List your receipts in the transparency log, newest first.", "tally receipts --kind usage_sealed"),
            [kind, subject],
            (call, tally, after, stop) => tally.Receipts(call.Get(kind), call.Get(subject), after, stop),
            new Columns<ReceiptEntry>(
                ["receipt", "kind", "about", "at", "log entry"],
                r => [
                    r.Id.ToString(), r.Kind, r.Subject, Call.Time(r.At), r.LogIndex is { } index ? Call.Number(index) : "pending"],
                "There are none yet."));
    }

    public static Command Receipt()
    {
        var what = Define.Argument("WHAT", "Id of a receipt (rcp_…), or of a request (req_…) for the receipts of its usage.");
        var to = Define.Option<string>("--out", "File to write; several are numbered.", required: true);
        return Define.Command(
            "receipt", "Fetch a receipt as a file that 'tally verify' checks offline.", "tally receipt req_01jd… --out usage.json",
            [what, to],
            async call =>
            {
                using var tally = call.Open();
                var text = call.Get(what);
                IReadOnlyList<JsonObject> receipts = RequestId.TryParse(text, null, out var request)
                    ? await tally.UsageReceipts(request, call.Stop)
                    : [await tally.Receipt(Call.Id<ReceiptId>(text, "receipt or request"), call.Stop)];
                var files = new List<string>();
                foreach (var (index, receipt) in receipts.Index())
                {
                    var file = receipts.Count == 1 ? call.Get(to)! : Numbered(call.Get(to)!, index + 1);
                    await File.WriteAllTextAsync(file, receipt.ToJsonString(Indented) + "\n", call.Stop);
                    files.Add(file);
                }

                call.Output.Result(new { files }, f => Console.WriteLine(string.Join('\n', f.files.Select(name => $"tally verify {name}"))));
                return 0;
            });
    }

    public static Command Trace()
    {
        var what = Define.Argument("WHAT", "Id of a request (req_…) or of a payout (pay_…).");
        var line = Define.Option<long?>("--line", "Of a payout: only this line, with the requests behind it.");
        return Define.Command(
            "trace", "Walk from a request to the payouts it led to, or from a payout back to the requests.", "tally trace pay_01jd…",
            [what, line],
            async call =>
            {
                using var tally = call.Open();
                var text = call.Get(what);
                var found = RequestId.TryParse(text, null, out var request)
                    ? await tally.TraceRequest(request, call.Stop)
                    : await OfPayout(call, tally, Call.Id<PayoutId>(text, "request or payout"), call.Get(line));
                call.Output.Result(found, f => JsonTree.Write(text, f));
                return 0;
            });
    }

    public static Command Log() => Define.Group(
        "log", "The transparency log: its newest checkpoint, its key.",
        Text("checkpoint", "Print the newest signed checkpoint (C2SP tlog-checkpoint), compared with what you saw of this log before.", Checkpoint),
        Text("key", "Print the log's verifier key: pin it, and give it to 'tally verify --key'.", (tally, stop) => tally.LogKey(stop)));

    private static Command Text(string name, string what, Func<TallyClient, CancellationToken, Task<string>> ask) => Define.Command(
        name, what, $"tally log {name} > {name}.txt", [],
        async call =>
        {
            using var tally = call.Open();
            var text = await ask(tally, call.Stop);
            if (call.Output.Json)
            {
                call.Output.Result(new JsonObject { [name] = text }, _ => { });
            }
            else
            {
                Console.Write(text);
            }

            return 0;
        });

    /// <summary>Once the log's key is known here, its newest checkpoint must continue the one seen before.</summary>
    private static async Task<string> Checkpoint(TallyClient tally, CancellationToken stop)
    {
        var note = await tally.LogCheckpoint(stop);
        if (note.Split('\n')[0] is { Length: > 0 } origin &&
            new PinnedKeys(Path.Combine(Session.Home(), "log-keys")).Find(origin) is { } key)
        {
            var shown = SignedCheckpoint.Read(note, key)
                ?? throw new InvalidDataException($"The log {origin} shows a checkpoint that the key known here has not signed.");
            using var log = new PublicLog(Session.LogOf(tally.Server));
            if (await new LogContinuity(SeenCheckpoints.OfThisPerson(), log).Of(key, shown, stop) is { Holds: false } broken)
            {
                throw new InvalidDataException($"{broken.Detail}\n{Continuity.WhatToDo}\nBoth checkpoints are kept in {broken.Evidence}");
            }
        }

        return note;
    }

    /// <summary>Each line with the events behind it: that is another question to the server, so a few lines only.</summary>
    private static async Task<JsonObject> OfPayout(Call call, TallyClient tally, PayoutId payout, long? line)
    {
        const int linesWithEventsMost = 20;
        var trace = await tally.TracePayout(payout, line, call.Stop);
        if (line is not null)
        {
            return trace;
        }

        foreach (var found in (trace["lines"] as JsonArray ?? []).OfType<JsonObject>().Take(linesWithEventsMost))
        {
            if (found["line_id"]?.GetValue<long>() is { } id)
            {
                found["events"] = (await tally.TracePayout(payout, id, call.Stop))["events"]?.DeepClone();
            }
        }

        trace.Remove("events");
        return trace;
    }

    private static string Numbered(string file, int number) => Path.Combine(
        Path.GetDirectoryName(file) ?? "", $"{Path.GetFileNameWithoutExtension(file)}-{number}{Path.GetExtension(file)}");
}
