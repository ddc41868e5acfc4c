using Tallystick.Core.Catalog;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>
/// Removes blobs that no file row names: of discarded drafts, replaced files, uploads refused at the end. A blob leaves in
/// two transactions, each alone with its name (<see cref="Blobs.Hold"/>): 1 nothing names it: set it aside, 2 still
/// nothing names it: delete it; else put it back. One would do if a lock could not be lost: a sweep that stalls and
/// loses its connection between looking and deleting would take what an upload has just named.
/// </summary>
internal sealed partial class SweepBlobs(Database database, Blobs blobs, TimeProvider clock, ILogger<SweepBlobs> log)
{
    public const string Worker = "catalog.sweep-blobs";

    /// <summary>First levels of <see cref="BlobPath"/>; a step looks through one.</summary>
    public const int Folders = 256;

    private const int NamesMost = 1_000;

    private int _next;

    private string Aside => Path.Combine(blobs.Root, "swept");

    /// <summary>One folder after the other, a whole round a tick.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        await Settle(stop);
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
            foreach (var blob in some.Where(f => !named.Contains(f.Name) && IsOld(f)))
            {
                await Remove(blob.Name, stop);
            }
        }
    }

    /// <summary>Removes a blob unless something names it by now.</summary>
    public async Task Remove(string sha256, CancellationToken stop)
    {
        // 1
        await database.InTransaction(
            async tx =>
            {
                await Blobs.Hold(tx, sha256);
                var blob = new FileInfo(Path.Combine(blobs.Root, BlobPath.Of(sha256)));
                if (blob.Exists && IsOld(blob) && !await IsNamed(tx, sha256))
                {
                    Directory.CreateDirectory(Aside);
                    blob.MoveTo(Path.Combine(Aside, sha256), overwrite: true);
                }
            },
            stop);
        await SettleOne(sha256, stop);
    }

    /// <summary>Finishes what a sweep that was cut off has set aside.</summary>
    private async Task Settle(CancellationToken stop)
    {
        if (!Directory.Exists(Aside))
        {
            return;
        }

        foreach (var name in Directory.EnumerateFiles(Aside).Select(Path.GetFileName).Where(n => BlobPath.IsSha256(n)))
        {
            await SettleOne(name!, stop);
        }
    }

    private Task SettleOne(string sha256, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            // 2
            await Blobs.Hold(tx, sha256);
            var (aside, target) = (Path.Combine(Aside, sha256), Path.Combine(blobs.Root, BlobPath.Of(sha256)));
            if (!File.Exists(aside))
            {
                return;
            }

            if (!File.Exists(target) && await IsNamed(tx, sha256))
            {
                File.Move(aside, target);
                LogPutBack(sha256);
                return;
            }

            File.Delete(aside);
            LogSwept(sha256);
        },
        stop);

    private bool IsOld(FileInfo blob) => blob.LastWriteTimeUtc < clock.GetUtcNow() - Blobs.LeftAlone;

    private static Task<bool> IsNamed(Tx tx, string sha256) =>
        tx.QueryOne<bool>("select exists (select 1 from catalog.file where sha256 = @sha256)", new { sha256 });

    [LoggerMessage(1201, LogLevel.Information, "Blob {Sha256}, which nothing named any more, was removed.")]
    private partial void LogSwept(string sha256);

    [LoggerMessage(1202, LogLevel.Warning, "Blob {Sha256} was set aside while it was being named; it is back in its place.")]
    private partial void LogPutBack(string sha256);
}
