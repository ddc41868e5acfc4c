namespace Tallystick.Server.Metering;

/// <summary>An epoch with events that wait for one of the workers, and how far each of these has come.</summary>
/// <param name="Blocked">Its last step failed.</param>
internal sealed record WaitingEpoch(
    Guid Emitter, long Epoch, long AcknowledgedSeq, long RolledSeq, long SealedSeq, bool Blocked)
{
    /// <summary>Epochs looked at in one step of a worker.</summary>
    public const int Most = 100;

    public const string Select =
        """
        select emitter, epoch, acknowledged_seq, rolled_seq, sealed_seq, blocked_until is not null as blocked
        from metering.emitter
        """;

    /// <summary>Neither blocked nor so just now.</summary>
    public const string Free = "(blocked_until is null or blocked_until <= @Now)";
}
