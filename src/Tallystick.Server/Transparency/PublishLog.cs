using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency;

/// <summary>Turns rows into files and says so in a signed checkpoint: steps 2 to 4 of <see cref="Sequencer"/>.</summary>
internal sealed partial class PublishLog(
    Database database, LogRows rows, LogFolder folder, LogKey key, LogSettings settings)
{
    public TimeSpan Interval => settings.Options.BatchInterval;

    public IDisposable? TryLockFolder() => folder.TryLock();

    /// <summary>Going on could contradict what was published: readiness says so, and a person decides.</summary>
    public void Stop(string reason)
    {
        settings.State.Refuse(reason);
        LogStopped(settings.Log, reason);
    }

    /// <summary>
    /// Step 2: tiles and bundles of the rows that follow the tree. Works on a copy, so that a full disk leaves the tree
    /// as it was and the round can be repeated.
    /// </summary>
    public async Task<TileTree> Integrate(TileTree tree, int most, CancellationToken stop)
    {
        var grown = tree.Copy();
        var writer = new LogFiles(grown);
        await writer.LoadOpenBundle(rows, stop);
        await foreach (var leaf in rows.From(tree.Size, most, stop))
        {
            writer.Append(leaf);
        }

        folder.Write(writer.Bundles());
        CrashPoint.Reach("log.between_tiles");
        folder.Write(writer.Tiles());
        CrashPoint.Reach("log.after_tiles");
        return grown;
    }

    /// <summary>Steps 3 and 4.</summary>
    public async Task Publish(TileTree tree, CancellationToken stop)
    {
        var signer = key.Find() ?? throw new LogRefusedException("The log's key is gone. Restore it from a backup.");
        var checkpoint = new Checkpoint(signer.Verifier.Name, tree.Size, tree.Root());
        RefuseToGoBack(checkpoint);
        var note = checkpoint.Sign(signer).ToString();
        await database.InTransaction(
            tx => tx.Execute(
                """
                insert into transparency.checkpoint (size, note, at) values (@Size, @note, @At)
                on conflict (size) do nothing
                """,
                new { checkpoint.Size, note, At = settings.Clock.GetUtcNow() }),
            stop);
        CrashPoint.Reach("log.before_checkpoint");
        folder.Publish(note);
        CrashPoint.Reach("log.after_checkpoint");
    }

    /// <summary>Partial files that a published full one has replaced.</summary>
    public void Tidy(long oldSize, long newSize)
    {
        foreach (var full in LogFiles.FilledBetween(oldSize, newSize))
        {
            folder.DropPartials(full);
        }
    }

    /// <summary>Another process may have published since we last looked.</summary>
    private void RefuseToGoBack(Checkpoint next)
    {
        if (folder.ApartCheckpoint() is { } note && SignedNote.TryParse(note, out var signed)
            && Checkpoint.TryParse(signed.Text, out var last)
            && (last.Size > next.Size || (last.Size == next.Size && last.Root != next.Root)))
        {
            throw new LogRefusedException(
                $"A checkpoint over {last.Size} entries was published meanwhile, this one has {next.Size}: " +
                "two servers write the same log.");
        }
    }

    [LoggerMessage(1101, LogLevel.Critical, "The log has stopped: {Reason}")]
    private static partial void LogStopped(ILogger log, string reason);
}

/// <summary>What the writing side of the log shares.</summary>
internal sealed record LogSettings(
    TransparencyOptions Options, LogState State, TimeProvider Clock, ILogger<Sequencer> Log);
