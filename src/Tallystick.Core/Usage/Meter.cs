namespace Tallystick.Core.Usage;

/// <summary>What a usage event counts. The names on the wire are the snake case of these; the numbers never change.</summary>
public enum Meter
{
    /// <summary>No meter: a price that is paid once.</summary>
    None = 0,

    /// <summary>Bytes flushed to the transport.</summary>
    BytesDelivered = 1,

    /// <summary>A unit (shard, segment, file) whose first byte was delivered in a pass.</summary>
    SegmentUnlocked = 2,

    /// <summary>One pass over a work, as the client declared it.</summary>
    TrainingPass = 3,

    /// <summary>Tokens read or written by a model endpoint.</summary>
    TokensConsumed = 4,

    /// <summary>One call of a model endpoint.</summary>
    InferenceRequest = 5,

    /// <summary>Seconds of media played.</summary>
    SecondsPlayed = 6,
}

/// <summary>How an event was observed.</summary>
public enum Evidence
{
    /// <summary>Not stated; refused at ingest.</summary>
    None = 0,

    /// <summary>A gate of ours flushed these bytes itself.</summary>
    GateFlushed = 1,

    /// <summary>A proxy in front delivered and its log was read.</summary>
    ProxyLog = 2,

    /// <summary>The client declared it.</summary>
    Declared = 3,
}
