namespace Tallystick.Server.Metering;

/// <summary>Events of one epoch, after one number and up to another.</summary>
/// <param name="LeasesOf">The epoch under which their leases, and what is spent of them, stand.</param>
internal sealed record EventRange(Guid Emitter, long Epoch, long After, long Until, long LeasesOf)
{
    /// <summary>The condition of a query over <c>metering.event e</c> with this record's members as arguments.</summary>
    public const string Sql = "e.emitter = @Emitter and e.epoch = @Epoch and e.seq > @After and e.seq <= @Until";

    /// <summary>Of those, what was not set aside.</summary>
    public const string SoundSql =
        $"""
        {Sql} and not exists (
          select 1 from metering.quarantine q where q.emitter = e.emitter and q.epoch = e.epoch and q.seq = e.seq)
        """;
}
