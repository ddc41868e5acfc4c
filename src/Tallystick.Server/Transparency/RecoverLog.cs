using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency;

/// <summary>
/// What a start does before anything is appended:
/// <list type="number">
/// <item>Find every checkpoint that was ever given out and is still known: the copy kept apart, the served one, the
/// database's own. Each must carry this key's signature.</item>
/// <item>Read all rows and compute the root at those sizes. Rows that end earlier, or lead to another root, would make the
/// next checkpoint contradict one that others hold: refuse.</item>
/// <item>Write the files that are missing or cut short on the way; rows beyond what was published always, because a
/// restore may have changed them since their files were written.</item>
/// <item>Publish what rows hold beyond the last checkpoint.</item>
/// </list>
/// </summary>
internal sealed class RecoverLog(Database database, LogRows rows, LogFolder folder, LogKey key, PublishLog publish)
{
    /// <summary>The tree over all rows, published.</summary>
    /// <exception cref="LogRefusedException">Going on would fork the log.</exception>
    public async Task<TileTree> Run(CancellationToken stop)
    {
        var published = await Published(stop);
        if (key.Find() is null)
        {
            if (published.Count > 0)
            {
                throw new LogRefusedException(
                    "The log's key is missing although checkpoints were published with it. Restore it from a backup.");
            }

            key.Create();
        }

        var tree = await Rebuild(published, stop);
        if (IsBehind(tree))
        {
            await publish.Publish(tree, stop);
        }

        publish.Tidy(0, tree.Size);
        return tree;
    }

    /// <summary>A copy is missing or stops before the rows do.</summary>
    private bool IsBehind(TileTree tree) => new[] { folder.ServedCheckpoint(), folder.ApartCheckpoint() }
        .Any(note => !SignedNote.TryParse(note, out var signed)
            || !Checkpoint.TryParse(signed.Text, out var checkpoint) || checkpoint.Size != tree.Size);

    /// <summary>Step 1, smallest first.</summary>
    private async Task<IReadOnlyList<Checkpoint>> Published(CancellationToken stop)
    {
        var known = new[]
        {
            folder.ApartCheckpoint(),
            folder.ServedCheckpoint(),
            await database.QueryOne<string>(
                "select note from transparency.checkpoint order by size desc limit 1", null, stop),
        };
        return [.. known.OfType<string>().Select(Check).OrderBy(checkpoint => checkpoint.Size)];
    }

    private Checkpoint Check(string note)
    {
        var verifier = key.Find()?.Verifier;
        if (!SignedNote.TryParse(note, out var signed) || !Checkpoint.TryParse(signed.Text, out var checkpoint))
        {
            throw new LogRefusedException(
                "A published checkpoint cannot be read. Restore the folder it is in; do not delete it.");
        }

        return verifier is null || VerifierKey.Verify(signed, [verifier]) is NoteVerdict.Verified
            ? checkpoint
            : throw new LogRefusedException(
                $"A published checkpoint of '{checkpoint.Origin}' is not signed by the key '{verifier.Name}': " +
                "key and log do not belong together.");
    }

    /// <summary>Steps 2 and 3.</summary>
    private async Task<TileTree> Rebuild(IReadOnlyList<Checkpoint> published, CancellationToken stop)
    {
        var tree = new TileTree();
        var files = new LogFiles(tree);
        var last = published.Count > 0 ? published[^1].Size : 0;
        CompareAt(tree, published);
        await foreach (var leaf in rows.From(0, long.MaxValue, stop))
        {
            files.Append(leaf);
            if (tree.Size % TileAddress.FullWidth == 0)
            {
                var beyond = tree.Size > last;
                folder.Write(files.TakeFull().Where(file => beyond || !folder.Has(file.Address, file.Bytes.Length)));
            }

            CompareAt(tree, published);
        }

        if (tree.Size < last)
        {
            throw new LogRefusedException(
                $"A checkpoint over {last} entries was published, but the database holds only {tree.Size}. It was " +
                "restored from too old a backup: restore a newer one, up to the last committed transaction.");
        }

        folder.Write(files.Bundles());
        folder.Write(files.Tiles());
        return tree;
    }

    private static void CompareAt(TileTree tree, IReadOnlyList<Checkpoint> published)
    {
        foreach (var checkpoint in published)
        {
            if (checkpoint.Size == tree.Size && checkpoint.Root != tree.Root())
            {
                throw new LogRefusedException(
                    $"The database's first {tree.Size} entries are not those that were published. It was restored " +
                    "to another past: restore the backup that belongs to this log.");
            }
        }
    }
}
