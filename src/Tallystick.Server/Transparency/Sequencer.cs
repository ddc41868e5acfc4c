using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency;

/// <summary>
/// The only writer of the log. One round:
/// <list type="number">
/// <item>Pending leaves become rows with the next indexes. From here on they are in the log.</item>
/// <item>Their entry bundles and tiles are written.</item>
/// <item>The checkpoint over them is signed and stored.</item>
/// <item>It is published: first to the copy that is kept apart, which a later start must continue, then to the world.</item>
/// </list>
/// A crash anywhere leaves rows that the next start publishes; whatever was published stays a beginning of the log,
/// because rows never change and nothing is signed that is not durable.
/// </summary>
internal sealed partial class Sequencer(
    Database database, RecoverLog recover, PublishLog publish, LogState state, TimeProvider clock)
{
    public const string Worker = "log";

    /// <summary>Entries of one round: what a crash makes the next start do again, and a bound on memory.</summary>
    private const int BatchMost = 4096;

    private TileTree? _tree;
    private DateTimeOffset _lastRound;

    /// <summary>One round; true when there is more to do at once.</summary>
    public async Task<bool> Step(CancellationToken stop)
    {
        if (state.Refusal is not null)
        {
            return false;
        }

        using var folder = publish.TryLockFolder();
        if (folder is null)
        {
            // Another process writes the same files: it is the log now.
            _tree = null;
            return false;
        }

        try
        {
            _tree ??= await recover.Run(stop);
            if (!await HasWork(_tree, stop))
            {
                return false;
            }

            await WaitForCompany(stop);
            _tree = await Round(_tree, stop);
            return true;
        }
        catch (LogRefusedException refused)
        {
            publish.Stop(refused.Message);
            return false;
        }
    }

    /// <summary>Leaves without an index, or rows whose round was cut short.</summary>
    private Task<bool> HasWork(TileTree tree, CancellationToken stop) => database.QueryOne<bool>(
        "select size > @Size or exists (select 1 from transparency.pending) from transparency.log",
        new { tree.Size },
        stop);

    private async Task<TileTree> Round(TileTree tree, CancellationToken stop)
    {
        var taken = await Sequence(stop);
        var grown = await publish.Integrate(tree, BatchMost, stop);
        await publish.Publish(grown, stop);
        publish.Tidy(tree.Size, grown.Size);
        var now = clock.GetUtcNow();
        foreach (var appended in taken)
        {
            state.Published(now - appended.At);
        }

        state.Grew(grown.Size, await Pending(stop));
        return grown;
    }

    /// <summary>Under load a checkpoint covers what arrives in an interval; an entry that comes alone is not kept waiting.</summary>
    private async Task WaitForCompany(CancellationToken stop)
    {
        var since = clock.GetUtcNow() - _lastRound;
        if (since >= TimeSpan.Zero && since < publish.Interval)
        {
            await Task.Delay(publish.Interval - since, clock, stop);
        }

        _lastRound = clock.GetUtcNow();
    }

    /// <summary>Step 1. The log's row is locked, so that even a second sequencer could not take the same index.</summary>
    private async Task<IReadOnlyList<Appended>> Sequence(CancellationToken stop)
    {
        CrashPoint.Reach("log.before_rows");
        var taken = await database.InTransaction(
            async tx =>
            {
                var size = await tx.QueryOne<long>("select size from transparency.log for update");
                return await tx.Query<Appended>(
                    """
                    with taken as (
                      delete from transparency.pending where ordinal in (
                        select ordinal from transparency.pending order by ordinal limit @BatchMost)
                      returning ordinal, receipt_id, leaf, at),
                    placed as (
                      insert into transparency.entry (log_index, receipt_id, leaf)
                      select @size + row_number() over (order by ordinal) - 1, receipt_id, leaf from taken),
                    counted as (update transparency.log set size = @size + (select count(*) from taken))
                    select at from taken
                    """,
                    new { BatchMost, size });
            },
            stop);
        if (taken.Count > 0)
        {
            CrashPoint.Reach("log.after_rows");
        }

        return taken;
    }

    private Task<long> Pending(CancellationToken stop) =>
        database.QueryOne<long>("select count(*) from transparency.pending", null, stop);

    private sealed record Appended(DateTimeOffset At);
}
