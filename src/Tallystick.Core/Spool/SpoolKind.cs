namespace Tallystick.Core.Spool;

/// <summary>Kinds of record in a gate's log. The numbers are on disk and never change.</summary>
public enum SpoolKind
{
    /// <summary>No record: what an unwritten file holds.</summary>
    None = 0,

    /// <summary>A usage event: durable means billed.</summary>
    Event = 1,

    /// <summary>A lease that was granted or returned.</summary>
    Lease = 2,

    /// <summary>Who this gate is and the number of its epoch.</summary>
    Epoch = 3,

    /// <summary>The server has everything up to this number.</summary>
    Acknowledged = 4,

    /// <summary>A delivery that takes more than one write has begun; also how much of it is not charged yet.</summary>
    Open = 5,

    /// <summary>How much of an open delivery was flushed and is in no event yet.</summary>
    Progress = 6,

    /// <summary>An open delivery has ended; all it flushed is in events.</summary>
    Close = 7,

    /// <summary>State: totals of a licence.</summary>
    Totals = 8,

    /// <summary>A use that was counted: as part of the state, or by another gate.</summary>
    Use = 9,

    /// <summary>State: the end of it. What follows happened later. A segment without one was never begun.</summary>
    StateEnd = 10,

    /// <summary>
    /// Everything in front of this record was on disk before it was written. Stands first in every file, in front of whatever is
    /// written at once, and where nothing more came for a moment: what is not whole in front of one was damaged, not torn.
    /// </summary>
    Synced = 11,
}
