using System.CommandLine;
using System.Text;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>Using what was bought: <c>licences</c>, <c>licence</c>, <c>renew</c>, <c>revoke</c>.</summary>
internal static class LicenceCommands
{
    public static Command List()
    {
        var granted = Define.Option<bool>("--granted", "Those granted on your works, instead of those you hold.");
        return ListCommand.Create(
            ("licences", "List licences, newest first.", "tally licences --granted"), [granted],
            (call, tally, after, stop) => tally.Licences(call.Get(granted), after, stop),
            new Columns<Licence>(
                ["licence", "work", "status", "expires", "uses", "buyer"],
                l => [
                    l.LicenceId.ToString(), l.WorkId.ToString(), l.StatusReason is null ? l.Status : $"{l.Status}: {l.StatusReason}",
                    Call.Time(l.Expires), l.MaxUses is { } uses ? Call.Number(uses) : "any", l.Pseudonym.ToString()],
                "There are none."));
    }

    public static Command Show()
    {
        var licence = Define.Argument("LICENCE", "Id of the licence.");
        var to = Define.Option<string?>("--out", "Write the token to this file, for your own HTTP client.");
        return Define.Command(
            "licence", "Show a licence, or write its token to a file.", "tally licence lic_01jd… --out licence.jwt", [licence, to],
            async call =>
            {
                using var tally = call.Open();
                var found = await tally.Licence(Call.Id<LicenceId>(call.Get(licence), "licence"), call.Stop);
                if (call.Get(to) is { } file)
                {
                    await WriteToken(file, found, call.Stop);
                }

                call.Output.Result(found, l => Console.WriteLine(
                    $"{l.LicenceId} for {l.WorkId}: {l.Status}, {Call.Time(l.NotBefore)} to {Call.Time(l.Expires)}" +
                    (l.StatusReason is null ? "" : $"\n{l.StatusReason}")));
                return 0;
            });
    }

    public static Command Renew()
    {
        var licence = Define.Argument("LICENCE", "Id of the licence.");
        return Define.Command(
            "renew", "Another term for a licence that is paid per use, or free.", "tally renew lic_01jd…", [licence],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(
                    await tally.Renew(Call.Id<LicenceId>(call.Get(licence), "licence"), call.Stop),
                    l => Console.WriteLine($"{l.LicenceId} is valid until {Call.Time(l.Expires)}."));
                return 0;
            });
    }

    public static Command Revoke()
    {
        var licence = Define.Argument("LICENCE", "Id of the licence.");
        var reason = Define.Option<string>("--reason", "Shown to its buyer.", required: true);
        return Define.Command(
            "revoke", "End a licence for good; gates refuse it within seconds.", "tally revoke lic_01jd… --reason 'Terms were broken'",
            [licence, reason],
            async call =>
            {
                using var tally = call.Open();
                call.Output.Result(
                    await tally.Revoke(Call.Id<LicenceId>(call.Get(licence), "licence"), call.Get(reason)!, call.Stop),
                    l => Console.WriteLine($"{l.LicenceId} is {l.Status}: {l.StatusReason}"));
                return 0;
            });
    }

    /// <summary>A token is a key: only its owner may read the file.</summary>
    public static async Task WriteToken(string file, Licence licence, CancellationToken stop)
    {
        if (licence.Token is not { } token)
        {
            throw new CommandException("Only the buyer of a licence gets its token.");
        }

        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var stream = new FileStream(file, options);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(token + "\n"), stop);
    }
}
