namespace Tallystick.Xrpl.Client;

/// <summary>How to talk to one node. Every limit has a default that suits a public server.</summary>
public sealed record NodeOptions
{
    /// <summary>rippled's API version: 2 (default) or 1.</summary>
    public int ApiVersion { get; init; } = 2;

    /// <summary>How long to wait for an answer, the wait for a free slot and for a connection included.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one connection attempt may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection that said nothing for so long is pinged, and lost when it then says nothing for as long
    /// again: a router in between forgets connections without telling either end.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>First pause after a lost connection; doubles up to <see cref="BackoffMax"/>, with full jitter.</summary>
    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest pause between two connection attempts.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests under way at once; more of them wait for their turn.</summary>
    public int RequestsInFlightMax { get; init; } = 256;

    /// <summary>Unread messages of subscriptions; when the reader is slower the oldest are dropped, which costs a
    /// follower one more look-up and never a ledger.</summary>
    public int MessagesQueuedMax { get; init; } = 1024;

    /// <summary>Largest answer accepted, in bytes. Ledgers of the main network with all transactions stay below.</summary>
    public int AnswerBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>Throws when a limit makes no sense.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (ApiVersion is not (1 or 2)) throw new ArgumentException("ApiVersion is 1 or 2");
        if (RequestTimeout <= TimeSpan.Zero || ConnectTimeout <= TimeSpan.Zero || KeepAlive <= TimeSpan.Zero)
            throw new ArgumentException("time-outs are positive");
        if (BackoffFirst <= TimeSpan.Zero || BackoffMax < BackoffFirst)
            throw new ArgumentException("0 < BackoffFirst <= BackoffMax");
        if (RequestsInFlightMax < 1 || MessagesQueuedMax < 1 || AnswerBytesMax < 1024)
            throw new ArgumentException("limits are positive");
    }
}
