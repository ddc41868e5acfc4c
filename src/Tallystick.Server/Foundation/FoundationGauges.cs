namespace Tallystick.Server.Foundation;

/// <summary>What waits, what failed and what stands aside, of whichever module; and the disk.</summary>
internal sealed class FoundationGauges(OutboxBacklog outbox, ListSetAside setAside, DiskSpace disk, TimeProvider clock)
{
    public async Task<IReadOnlyList<Gauge>> Read(CancellationToken stop)
    {
        var backlog = await outbox.Read(stop);
        var kinds = (await setAside.Kinds(stop)).Kinds;
        return
        [
            new("tally_outbox_waiting", backlog.Waiting),
            new("tally_outbox_failing", backlog.Failing),
            new("tally_outbox_oldest_seconds", backlog.Oldest is { } oldest ? (clock.GetUtcNow() - oldest).TotalSeconds : 0),
            .. kinds.Select(k => new Gauge("tally_set_aside_open", k.Open, "kind", k.Kind)),
        ];
    }

    /// <summary>Apart from what the database is asked for: it is told when that does not answer.</summary>
    public Task<IReadOnlyList<Gauge>> Disk(CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Gauge>>(disk.BytesFree is { } free ? [new("tally_disk_free_bytes", free)] : []);
}
