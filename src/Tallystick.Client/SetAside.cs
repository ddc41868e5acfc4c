using System.Text.Json.Nodes;

namespace Tallystick.Client;

/// <summary>Something that could not be handled and stands aside until the operator decides.</summary>
/// <param name="Kind">Which kind, stable: <c>foundation.dead_letter</c>.</param>
/// <param name="Title">What happened, the same for every row of the kind.</param>
/// <param name="WhatToDo">What the operator finds out and does.</param>
/// <param name="Subject">What it is about, within its kind.</param>
/// <param name="Detail">Ids and numbers that help to find the cause.</param>
/// <param name="State"><c>open</c> or <c>resolved</c>.</param>
/// <param name="Times">How often it was seen while it was open.</param>
/// <param name="Actions">What can be chosen; none once it is resolved.</param>
public sealed record SetAsideEntry(
    long Id, string Kind, string Title, string WhatToDo, string Subject, string Reason, JsonNode Detail, string State, long Times,
    DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, IReadOnlyList<SetAsideChoice> Actions,
    DateTimeOffset? ResolvedAt = null, string? ResolvedBy = null, string? Resolution = null);

/// <summary>One way to end what was set aside.</summary>
/// <param name="Name">What to send.</param>
/// <param name="Title">What it does.</param>
public sealed record SetAsideChoice(string Name, string Title);

public sealed partial class TallyClient
{
    /// <summary>What was set aside, newest first. Operators only.</summary>
    /// <param name="kind">Only this kind; null for all.</param>
    /// <param name="state"><c>open</c> or <c>resolved</c>.</param>
    public Task<ListPage<SetAsideEntry>> SetAside(string? kind, string state, string? after, CancellationToken stop) =>
        Get<ListPage<SetAsideEntry>>("v1/set-aside" + Query(("kind", kind), ("state", state), ("limit", 200), ("after", after)), stop);

    /// <summary>Runs one of its actions and marks it resolved. Operators only.</summary>
    /// <exception cref="TallyProblemException">There is no such row or action, it was resolved already, or the action refuses.</exception>
    public Task<SetAsideEntry> ActOnSetAside(long id, string action, CancellationToken stop) =>
        Post<SetAsideEntry>($"v1/set-aside/{id}/{Uri.EscapeDataString(action)}", null, stop);
}
