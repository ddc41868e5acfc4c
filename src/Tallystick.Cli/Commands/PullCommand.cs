using System.CommandLine;
using System.Globalization;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary><c>tally pull WORK</c>: a licensed work, or a certain version of it, comes into a folder.</summary>
internal static class PullCommand
{
    private const int NamesMost = 20;

    public static Command Create()
    {
        var what = Define.Argument("WHAT", "Id of a work or licence, or a file with a licence token.");
        var to = Define.Option<string>("--to", "Folder to pull into.", required: true);
        var pass = Define.Option<string?>("--pass", "Name of the run: pulling again within it is not a new use (default: the day).");
        var gate = Define.Option<string?>("--gate", "Address of the gate (else the profile's, TALLY_GATE_URL for the server it belongs to, or that of ./tally up).");
        var only = Define.Many("--only", "Only files whose path begins so; repeat for more.");
        var with = Define.Option<string?>("--licence", "Of a work: the licence to use (default: one that costs nothing more, else one that a wallet with money pays for).");
        var version = Define.Option<string?>("--version", "A certain version, by its number or id as 'tally work' shows them (default: the newest).");
        var prune = Define.Option<bool>("--prune", "Remove files of earlier versions that were pulled into the folder and not changed since.");
        var atOnce = new Option<int>("--at-once")
        {
            Description = $"Files that are pulled at the same time, 1 to {PullOptions.FilesAtOnceMost} (default: {PullOptions.FilesAtOnceUsually}).",
            DefaultValueFactory = _ => PullOptions.FilesAtOnceUsually,
        };
        return Define.Command(
            "pull", "Pull a licensed work through a gate. Run it again after an interruption: it goes on where it stopped. What is in the\n" +
                $"folder, and of which version, is told in {PullManifest.Path} there.",
            "tally pull wrk_01jd… --to ./data --pass epoch-1", [what, to, with, version, prune, pass, gate, only, atOnce],
            async call =>
            {
                if (call.Get(atOnce) is < 1 or > PullOptions.FilesAtOnceMost)
                {
                    throw new CommandException($"--at-once is from 1 to {PullOptions.FilesAtOnceMost}.");
                }

                var (work, token, server) = await LicenceToPull.Find(call, call.Get(what), call.Get(with));
                using var puller = new PullWork(Session.Gate(call.Parsed, call.Get(gate), server), token);
                var wanted = call.Get(only) ?? [];
                var options = new PullOptions(
                    call.Get(pass),
                    call.Get(version) is { } named ? await Version(call, server, work, named) : null,
                    f => wanted.Length == 0 || wanted.Any(w => f.Path.StartsWith(w, StringComparison.Ordinal)),
                    call.Get(prune),
                    call.Get(atOnce));
                var result = await call.Output.Moving(work.ToString(), bar => puller.Run(
                    work, call.Get(to)!, options, bar is null ? null : new Into(bar), call.Stop));
                call.Output.Result(result, r => Tell(r, call.Get(to)!));
                return 0;
            });
    }

    /// <summary>By its id, or by the number that people see.</summary>
    private static async Task<VersionId> Version(Call call, Uri server, WorkId work, string named)
    {
        if (!int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return Call.Id<VersionId>(named, "version");
        }

        using var tally = new TallyClient(server, null);
        var versions = (await tally.Work(work, call.Stop)).Versions.Where(v => v.PublishedAt is not null).ToList();
        return versions.FirstOrDefault(v => v.Number == number)?.VersionId ?? throw new CommandException(
            $"{work} has no published version {number}; there are: {string.Join(", ", versions.Select(v => v.Number))}.", CommandException.Refused);
    }

    private static void Tell(PullResult result, string folder)
    {
        Console.WriteLine(
            $"{result.Files} files are complete in {folder} ({result.Skipped} were there), {Call.Number(result.BytesReceived)} bytes received" +
            $"{(result.Version is { } version ? $", of version {version}" : "")}.");
        Names("Removed, as they were of earlier versions", result.Removed);
        Names("Still there of earlier versions (--prune removes them)", [.. Left(result, "earlier_version")]);
        Names("Still there of earlier versions, and changed since they were pulled (kept)", [.. Left(result, "changed")]);
        Names("Also in the folder, and not of this work", [.. Left(result, "unknown")]);
    }

    private static IEnumerable<string> Left(PullResult result, string why) => result.Left.Where(f => f.Why == why).Select(f => f.Path);

    private static void Names(string what, IReadOnlyList<string> paths)
    {
        if (paths.Count > 0)
        {
            var more = paths.Count > NamesMost ? $" and {paths.Count - NamesMost} more" : "";
            Console.WriteLine($"{what}: {string.Join(", ", paths.Take(NamesMost))}{more}");
        }
    }

    private sealed class Into(IProgress<(long Done, long Total)> bar) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => bar.Report((value.BytesDone, value.BytesTotal));
    }
}
