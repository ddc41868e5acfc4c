using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary><c>tally publish FOLDER</c>: a folder becomes a version of a work.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var folder = Define.Argument("FOLDER", "Folder with the files, or one file.");
        var work = Define.Option<string?>("--work", "The work that gets a new version (default: the one made from this folder before).");
        var title = Define.Option<string?>("--title", "Title; needed for a new work.");
        var description = Define.Option<string?>("--description", "What it is, for buyers.");
        var kind = Define.Option<string?>("--kind", "dataset (default), text, image, audio, video, code, model or other.");
        var language = Define.Option<string?>("--language", "Language tag such as en or pt-BR.");
        var sourceName = Define.Option<string?>("--source-name", "Where the content comes from; needed for a new work.");
        var sourceLicence = Define.Option<string?>("--source-licence", "Under which licence you hold it; needed for a new work.");
        var sourceUrl = Define.Option<string?>("--source-url", "Where its source can be seen.");
        var unit = Define.Option<string?>("--unit", "Count each file as a 'file' or a 'shard' (default: by its name).");
        var follow = Define.Option<bool>("--follow", "Publish what links lead to (default: links are left out); links out of FOLDER are named first.");
        return Define.Command(
            "publish", "Publish a folder as a work, or as a new version of one. Run it again after an interruption: it goes on,\n" +
                "and publishes what the folder holds then ('tally draft' shows or discards what was uploaded).",
            "tally publish ./digits --title 'Handwritten digits' --source-name 'UCI, Alpaydin & Kaynak' --source-licence 'CC BY 4.0'",
            [folder, work, title, description, kind, language, sourceName, sourceLicence, sourceUrl, unit, follow],
            async call =>
            {
                var path = Path.GetFullPath(call.Get(folder));
                if (!Directory.Exists(path) && !File.Exists(path))
                {
                    throw new CommandException($"There is no folder or file {path}.");
                }

                var found = LocalFolder.Read(path, call.Get(follow));
                await SkippedEntries.Say(found);
                var files = found.Files;
                if (files.Count == 0)
                {
                    throw new CommandException(
                        $"{path} holds nothing to publish.{(found.Skipped.Any(s => s.Why == "link") ? " --follow publishes what its links lead to." : "")}");
                }

                using var tally = call.Open();
                var memory = Published.Of(tally.Server, path);
                var before = call.Get(work) is { } given ? Call.Id<WorkId>(given, "work") : memory.Work;
                if (before is null)
                {
                    Require(call, title, sourceName, sourceLicence);
                }

                var id = before ?? await Make(call, tally, new NewWork(
                    call.Get(title)!,
                    new Provenance(call.Get(sourceName)!, call.Get(sourceLicence)!, call.Get(sourceUrl)),
                    call.Get(description) ?? "",
                    call.Get(kind) ?? "dataset",
                    call.Get(language)));
                memory.Remember(id);
                var result = await call.Output.Moving($"{files.Count} files", bar => new PublishWork(tally).Run(
                    id, files, call.Get(unit), bar is null ? null : new Into(bar), call.Stop, memory.DraftKey));
                Tell(call, id, result, found);
                return 0;
            });
    }

    private static void Tell(Call call, WorkId id, PublishResult result, LocalFolder found) => call.Output.Result(
        new
        {
            work_id = id, result.Version.VersionId, result.Version.Number, result.Version.Hash, result.Version.FileCount,
            result.Version.SizeBytes, result.Uploaded, result.Removed, result.Unchanged, found.Skipped,
        },
        r =>
        {
            Console.WriteLine(r.Unchanged
                ? $"Nothing changed: version {r.Number} of {id} has exactly these files."
                : $"Published version {r.Number} of {id}: {r.FileCount} files, {Call.Number(r.SizeBytes)} bytes ({r.Uploaded} sent now).");
            if (r.Removed > 0)
            {
                Console.WriteLine($"Left out: {r.Removed} files of the draft that are not in the folder any more.");
            }

            Console.WriteLine($"sha256 over all files  {r.Hash}");
            Console.WriteLine($"Next: tally offer {id} --price '2.00 USD per shard'");
        });

    private static async Task<WorkId> Make(Call call, TallyClient tally, NewWork work) =>
        await tally.CreateWork(work, call.Stop);

    /// <summary>All that a new work lacks is said at once.</summary>
    private static void Require(Call call, params Option<string?>[] needed)
    {
        string[] missing = [.. needed.Where(option => call.Get(option) is null).Select(option => option.Name)];
        if (missing.Length > 0)
        {
            throw new CommandException(
                $"A new work needs {string.Join(" and ", missing)} (or give --work for a new version of one).");
        }
    }

    private sealed class Into(IProgress<(long Done, long Total)> bar) : IProgress<PublishProgress>
    {
        public void Report(PublishProgress value) => bar.Report((value.BytesDone, value.BytesTotal));
    }
}
