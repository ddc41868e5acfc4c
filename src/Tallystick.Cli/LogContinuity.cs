using Tallystick.Client;
using Tallystick.Core.Transparency;

namespace Tallystick.Cli;

/// <summary>How a checkpoint relates to what was seen of its log before.</summary>
/// <param name="Relation"><c>first</c>, <c>same</c>, <c>older</c>, <c>newer</c>, <c>not_proven</c>, <c>forked</c> or <c>went_back</c>.</param>
/// <param name="Detail">In words.</param>
/// <param name="Evidence">Folder with the two checkpoints that contradict each other; null when none do.</param>
internal sealed record Continuity(string Relation, string Detail, string? Evidence = null)
{
    /// <summary>What a person does who holds two such checkpoints.</summary>
    public const string WhatToDo =
        "The log's key has signed two trees that cannot both be one log that only grows. Rely on none of its receipts until this is " +
        "explained. Keep the files, they are the proof; show them to the log's operator and to others who use the log.";

    /// <summary>False when the log contradicts itself.</summary>
    public bool Holds => Evidence is null;
}

/// <summary>
/// Compares a checkpoint with the newest one seen of its log. Equal sizes are compared offline; otherwise the log's public
/// tiles must join them (RFC 6962, section 2.1.2), and the log's newest checkpoint with both.
/// </summary>
internal sealed class LogContinuity(SeenCheckpoints seen, PublicLog? log)
{
    /// <exception cref="CommandException">There is no such log at the address, so nothing can be told.</exception>
    /// <exception cref="HttpRequestException">The log cannot be reached.</exception>
    public async Task<Continuity> Of(VerifierKey key, SignedCheckpoint shown, CancellationToken stop)
    {
        // 1. The first one is believed, as a key is when it is pinned.
        if (seen.Find(key) is not { } before)
        {
            await seen.Keep(key, shown, stop);
            return new("first", $"The first checkpoint of this log seen here, over {shown.Head.Size} entries; it is remembered.");
        }

        // 2. Of one size there is one tree.
        if (before.Head.Size == shown.Head.Size)
        {
            return before.Head.Root == shown.Head.Root
                ? new("same", $"The newest checkpoint seen of this log, over {shown.Head.Size} entries.")
                : Forked(key, before, shown);
        }

        if (log is null)
        {
            return new("not_proven",
                $"NOT PROVEN that this checkpoint over {shown.Head.Size} entries and the one seen before, over {before.Head.Size}, are of one log: --offline.");
        }

        // 3. What the log says now must be by the same key, else this is another log's address.
        var head = SignedCheckpoint.Read(await log.Checkpoint(stop), key) ?? throw new CommandException(
            $"The log at {log.Address} is not {key.Name} with the key known here. Say where that log is with --log, " +
            "or check the receipt by itself with --offline.");

        // 4. Each pair must join: what was seen, what is shown, what the log says now.
        foreach (var (one, other) in ((SignedCheckpoint, SignedCheckpoint)[])[(before, shown), (before, head), (shown, head)])
        {
            if (await log.Joins(one.Head, other.Head, stop) is not { } joined)
            {
                return Unserved(key, one.Head.Size > other.Head.Size ? one : other, head);
            }

            if (!joined)
            {
                return Forked(key, one, other);
            }
        }

        await seen.Keep(key, new[] { shown, head }.MaxBy(c => c.Head.Size)!, stop);
        return before.Head.Size > shown.Head.Size
            ? new("older", $"An older checkpoint: the one seen before, over {before.Head.Size} entries, continues this one over {shown.Head.Size}.")
            : new("newer", $"This checkpoint over {shown.Head.Size} entries continues the one seen before, over {before.Head.Size}.");
    }

    private Continuity Forked(VerifierKey key, SignedCheckpoint one, SignedCheckpoint other) => new(
        "forked", $"The log has forked: two checkpoints that it signed, over {one.Head.Size} and over {other.Head.Size} entries, cannot be joined.",
        seen.KeepEvidence(key, one, other));

    /// <summary>A log that has grown serves its tiles; one that says it is smaller than it was has gone back.</summary>
    private Continuity Unserved(VerifierKey key, SignedCheckpoint larger, SignedCheckpoint head) => head.Head.Size < larger.Head.Size
        ? new(
            "went_back", $"The log went back: it signed {larger.Head.Size} entries and now says that it has {head.Head.Size}.",
            seen.KeepEvidence(key, larger, head))
        : throw new CommandException(
            $"The log at {log!.Address} does not serve the tiles that prove how it grew to {larger.Head.Size} entries. Try again, " +
            "or say another place where the log is served with --log.");
}
