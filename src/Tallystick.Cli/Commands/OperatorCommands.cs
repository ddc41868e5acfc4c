using System.CommandLine;
using System.Globalization;
using Tallystick.Client;

namespace Tallystick.Cli.Commands;

/// <summary>For whoever runs the installation: <c>set-aside</c>.</summary>
internal static class OperatorCommands
{
    public static Command SetAside()
    {
        var id = new Argument<long?>("ID") { Description = "Number of what to decide; without it all are listed.", Arity = ArgumentArity.ZeroOrOne };
        var action = new Argument<string?>("ACTION")
        {
            Description = "One of its actions; without it the row is shown with them.", Arity = ArgumentArity.ZeroOrOne,
        };
        var kind = Define.Option<string?>("--kind", "Only this kind, such as foundation.dead_letter.");
        var resolved = Define.Option<bool>("--resolved", "Those that were resolved instead of those that are open.");
        var limit = ListCommand.LimitOption();
        return Define.Command(
            "set-aside", "List what could not be handled, or decide about one (operators).",
            "tally set-aside 17 replay --as operator", [id, action, kind, resolved, limit],
            async call =>
            {
                using var tally = call.Open();
                var state = call.Get(resolved) ? "resolved" : "open";
                if (call.Parsed.GetValue(id) is not { } number)
                {
                    await ListCommand.Show(call, call.Get(limit), (after, stop) => tally.SetAside(call.Get(kind), state, after, stop), Rows);
                    return 0;
                }

                if (call.Parsed.GetValue(action) is { } chosen)
                {
                    call.Output.Result(await tally.ActOnSetAside(number, chosen, call.Stop), r =>
                        Console.WriteLine($"{r.Id} is resolved: {r.Resolution}."));
                    return 0;
                }

                // The list after the number above it begins with it.
                var found = (await tally.SetAside(null, state, (number + 1).ToString(CultureInfo.InvariantCulture), call.Stop)).Items
                    .FirstOrDefault(r => r.Id == number) ?? throw new CommandException($"Nothing {state} has the number {number}.");
                call.Output.Result(found, Tell);
                return 0;
            });
    }

    private static Columns<SetAsideEntry> Rows => new(
        ["id", "kind", "about", "reason", "times", "last seen", "actions"],
        r => [
            $"{r.Id}", r.Kind, r.Subject, r.Reason, Call.Number(r.Times), Call.Time(r.LastSeenAt),
            r.Resolution is { } how ? $"resolved: {how}" : string.Join(", ", r.Actions.Select(a => a.Name))],
        "Nothing is set aside.");

    private static void Tell(SetAsideEntry row)
    {
        Console.WriteLine($"{row.Title} {row.Subject}: {row.Reason}");
        Console.WriteLine(row.Detail.ToJsonString());
        Console.WriteLine($"What to do: {row.WhatToDo}");
        Output.Table(["action", "what it does"], row.Actions.Select(a => (string[])[a.Name, a.Title]), "Nothing is left to decide.");
    }
}
