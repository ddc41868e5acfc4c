using System.CommandLine;
using Tallystick.Client;
using Tallystick.Core.Ids;

namespace Tallystick.Cli.Commands;

/// <summary>The version of a work that is not published yet: <c>draft files</c>, <c>draft remove</c>, <c>draft discard</c>.</summary>
internal static class DraftCommands
{
    public static Command Create() => Define.Group(
        "draft", "The version of a work that was uploaded and not published: see it, remove a file, discard it.",
        Files(), Remove(), Discard());

    private static Command Files()
    {
        var work = Work();
        return ListCommand.Create(
            ("files", "List the files of the draft, in order of path.", "tally draft files wrk_01jd…"), [work],
            async (call, tally, after, stop) =>
            {
                var id = Call.Id<WorkId>(call.Get(work), "work");
                return await tally.Files(id, (await Find(tally, id, stop) ?? throw None(id)).VersionId, after, stop);
            },
            new Columns<WorkFile>(
                ["file", "counts as", "bytes", "sha256"],
                f => [f.Path, f.UnitKind, Call.Number(f.SizeBytes), f.Sha256],
                "The draft has no files."));
    }

    private static Command Remove()
    {
        var (work, path) = (Work(), Define.Argument("FILE", "Its path in the work, as 'tally draft files' shows it."));
        return Define.Command(
            "remove", "Remove a file from the draft. Files of published versions stay.",
            "tally draft remove wrk_01jd… notes/private.txt", [work, path],
            async call =>
            {
                using var tally = call.Open();
                var id = Call.Id<WorkId>(call.Get(work), "work");
                var draft = await Find(tally, id, call.Stop) ?? throw None(id);
                await tally.RemoveFile(id, draft.VersionId, call.Get(path), call.Stop);
                call.Output.Result(
                    new { work_id = id, draft.VersionId, removed = call.Get(path) },
                    r => Console.WriteLine($"{r.removed} is no longer in the draft of {id}."));
                return 0;
            });
    }

    private static Command Discard()
    {
        var work = Work();
        return Define.Command(
            "discard", "Throw the draft away with what was uploaded to it. Published versions stay.",
            "tally draft discard wrk_01jd…", [work],
            async call =>
            {
                using var tally = call.Open();
                var id = Call.Id<WorkId>(call.Get(work), "work");
                var draft = await Find(tally, id, call.Stop);
                if (draft is not null)
                {
                    await tally.DiscardVersion(id, draft.VersionId, call.Stop);
                }

                call.Output.Result(
                    new { work_id = id, discarded = draft?.VersionId },
                    r => Console.WriteLine(draft is null
                        ? $"{id} has no draft: nothing to discard."
                        : $"The draft of {id} is discarded ({draft.FileCount} files, {Call.Number(draft.SizeBytes)} bytes)."));
                return 0;
            });
    }

    private static Argument<string> Work() => Define.Argument("WORK", "Id of the work.");

    private static async Task<WorkVersion?> Find(TallyClient tally, WorkId work, CancellationToken stop) =>
        (await tally.Work(work, stop)).Versions.FirstOrDefault(v => v.PublishedAt is null);

    private static CommandException None(WorkId work) => new($"{work} has no draft: everything uploaded to it is published.");
}
