using Tallystick.Core.Catalog;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Removes blobs that no file row names: of discarded drafts, replaced files, uploads refused at the end. A blob leaves in
/// two steps, each in a transaction alone with its name (<see cref="Blobs.Hold"/>): 1 nothing names it: set it aside,
/// 2 nothing named it for a week: delete it; as soon as something does: put it back. So a sweep that stalled and lost its
/// lock takes nothing for good, and neither does one under a database that was restored from a backup older than the blobs.
/// </summary>
internal sealed partial class SweepBlobs(
    Database database, Blobs blobs, SetAsides setAsides, TimeProvider clock, ILogger<SweepBlobs> log)
{
    public const string Worker = "catalog.sweep-blobs";

    /// <summary>A file that cannot be moved or deleted: it takes space, and all others are swept.</summary>
    public static readonly SetAsideKind Stuck = new(
        "catalog.stuck_blob",
        "A blob that nothing names cannot be removed.",
        "Look at the owner and the mode of the file in the blob folder, and at the disk. It is tried again every hour; nothing else waits for it.",
        [SetAsideAction.Dismiss()]);

    /// <summary>First levels of <see cref="BlobPath"/>; a step looks through one.</summary>
    public const int Folders = 256;

    /// <summary>Long enough to notice that the wrong database was restored, and to restore the right one.</summary>
    public static readonly TimeSpan KeptAside = TimeSpan.FromDays(7);

    private const int NamesMost = 1_000;

    private int _next;

    private string Aside => Path.Combine(blobs.Root, "swept");

    /// <summary>One folder after the other, a whole round a tick.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        if (_next == 0)
        {
            await Settle(stop);
        }

        await Sweep(_next, stop);
        _next = (_next + 1) % Folders;
        return _next != 0;
    }

    /// <summary>Looks through one folder of the first level.</summary>
    public async Task Sweep(int folder, CancellationToken stop)
    {
        var path = new DirectoryInfo(Path.Combine(blobs.Root, folder.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        if (!path.Exists)
        {
            return;
        }

        foreach (var some in path.EnumerateFiles("*", SearchOption.AllDirectories).Where(f => BlobPath.IsSha256(f.Name)).Chunk(NamesMost))
        {
            var named = (await database.Query<string>(
                "select distinct sha256 from catalog.file where sha256 = any(@Names)",
                new { Names = some.Select(f => f.Name).ToArray() },
                stop)).ToHashSet(StringComparer.Ordinal);
            foreach (var blob in some.Where(f => !named.Contains(f.Name) && IsOlder(f, Blobs.LeftAlone)))
            {
                await OrSetAside(blob.Name, () => Remove(blob.Name, stop), stop);
            }
        }
    }

    /// <summary>Sets a blob aside unless something names it by now.</summary>
    public async Task Remove(string sha256, CancellationToken stop)
    {
        // 1
        await database.InTransaction(
            async tx =>
            {
                await Blobs.Hold(tx, sha256);
                var blob = new FileInfo(Path.Combine(blobs.Root, BlobPath.Of(sha256)));
                if (blob.Exists && IsOlder(blob, Blobs.LeftAlone) && !await IsNamed(tx, sha256))
                {
                    Directory.CreateDirectory(Aside);
                    // From now on it counts how long it lies there.
                    blob.LastWriteTimeUtc = clock.GetUtcNow().UtcDateTime;
                    blob.MoveTo(Path.Combine(Aside, sha256), overwrite: true);
                }
            },
            stop);
        await SettleOne(sha256, stop);
    }

    /// <summary>Looks through what was set aside: puts back what is named, deletes what nothing named for long.</summary>
    public async Task Settle(CancellationToken stop)
    {
        if (!Directory.Exists(Aside))
        {
            return;
        }

        foreach (var name in Directory.EnumerateFiles(Aside).Select(Path.GetFileName).Where(n => BlobPath.IsSha256(n)))
        {
            await OrSetAside(name!, () => SettleOne(name!, stop), stop);
        }
    }

    private async Task OrSetAside(string sha256, Func<Task> work, CancellationToken stop)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            await database.InTransaction(tx => setAsides.Put(tx, Stuck.Name, sha256, SetAsides.ReasonOf(failure)), stop);
        }
    }

    private Task SettleOne(string sha256, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            // 2
            await Blobs.Hold(tx, sha256);
            var (aside, target) = (new FileInfo(Path.Combine(Aside, sha256)), Path.Combine(blobs.Root, BlobPath.Of(sha256)));
            if (aside.Exists && !File.Exists(target) && await IsNamed(tx, sha256))
            {
                aside.MoveTo(target);
                LogPutBack(sha256);
            }
            else if (aside.Exists && IsOlder(aside, KeptAside))
            {
                aside.Delete();
                await tx.Execute("delete from catalog.blob_blocks where sha256 = @sha256", new { sha256 });
                LogSwept(sha256);
            }
        },
        stop);

    private bool IsOlder(FileInfo file, TimeSpan age) => file.LastWriteTimeUtc < clock.GetUtcNow() - age;

    private static Task<bool> IsNamed(Tx tx, string sha256) =>
        tx.QueryOne<bool>("select exists (select 1 from catalog.file where sha256 = @sha256)", new { sha256 });

    [LoggerMessage(1201, LogLevel.Information, "Blob {Sha256}, which nothing named for a week, was removed.")]
    private partial void LogSwept(string sha256);

    [LoggerMessage(1202, LogLevel.Warning, "Blob {Sha256} was set aside and is named; it is back in its place.")]
    private partial void LogPutBack(string sha256);
}
