using System.Collections.Immutable;

namespace Tallystick.Xrpl.Submission;

/// <summary>
/// Which tickets of an account are free and which submission holds which. With a ticket each, submissions do not
/// wait for one another: one that expires blocks none of the others, as a missing sequence number would. Pure; the
/// caller stores it together with the submissions.
/// </summary>
public sealed record TicketBook
{
    /// <summary>An account owns at most this many tickets.</summary>
    public const int TicketsMax = 250;

    /// <summary>Tickets that nobody holds, ascending.</summary>
    public ImmutableSortedSet<uint> Free { get; init; } = [];

    /// <summary>The ticket of each open submission, by its id.</summary>
    public ImmutableSortedDictionary<string, uint> Held { get; init; } =
        ImmutableSortedDictionary.Create<string, uint>(StringComparer.Ordinal);

    /// <summary>Adds tickets that a validated TicketCreate made.</summary>
    /// <exception cref="InvalidOperationException">More than the ledger allows.</exception>
    public TicketBook Add(IEnumerable<uint> tickets)
    {
        var free = Free.Union(tickets.Where(t => !Held.ContainsValue(t)));
        return free.Count + Held.Count <= TicketsMax
            ? this with { Free = free }
            : throw new InvalidOperationException($"an account owns at most {TicketsMax} tickets");
    }

    /// <summary>Gives a submission its ticket; the same one again when it already holds one. Null when none is free.
    /// </summary>
    public (TicketBook Book, uint? Ticket) Take(string submissionId)
    {
        if (Held.TryGetValue(submissionId, out var held)) return (this, held);
        if (Free.Count == 0) return (this, null);
        var ticket = Free.Min;
        return (this with { Free = Free.Remove(ticket), Held = Held.Add(submissionId, ticket) }, ticket);
    }

    /// <summary>
    /// Takes a finished submission out. Validated (tes or tec): the ledger consumed the ticket. Never applied: the
    /// ticket is still there and free again, which is safe only because every blob that names it has expired.
    /// </summary>
    public TicketBook Finish(string submissionId, SubmissionOutcome outcome)
    {
        if (!Held.TryGetValue(submissionId, out var ticket)) return this;
        var book = this with { Held = Held.Remove(submissionId) };
        return outcome is SubmissionOutcome.NeverApplied ? book with { Free = book.Free.Add(ticket) } : book;
    }

    /// <summary>How many tickets to create so that <paramref name="wanted"/> are free, within the ledger's limit.
    /// </summary>
    public int Missing(int wanted) =>
        Math.Max(0, Math.Min(wanted - Free.Count, TicketsMax - Free.Count - Held.Count));
}
