using System.Text.Json.Nodes;
using Npgsql;

namespace Tallystick.Server.Foundation;

/// <summary>A row that was set aside.</summary>
/// <param name="Subject">What it is about, within its kind.</param>
/// <param name="Times">How often it was put while it was open.</param>
/// <param name="ResolvedBy">The person or organisation that chose, or <see cref="SetAsides.Server"/>.</param>
/// <param name="Resolution">The action, or what the server found.</param>
internal sealed record SetAsideRow(
    long Id, string Kind, string Subject, string Reason, JsonNode Detail, string State, long Times,
    DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, DateTimeOffset? ResolvedAt, string? ResolvedBy, string? Resolution)
{
    public const string Columns =
        "id, kind, subject, reason, detail, state, times, first_seen_at, last_seen_at, resolved_at, resolved_by, resolution";
}

/// <summary>
/// One bad row stops only itself: what fails is put here with its reason, in the transaction that takes it out of the way,
/// and everything else goes on. Never put a person or a secret into the detail: ids of ours and numbers are enough.
/// </summary>
internal sealed class SetAsides(SetAsideKinds kinds, TimeProvider clock)
{
    /// <summary>Who resolved what needed no person.</summary>
    public const string Server = "server";

    private const int SubjectCharactersMost = 300;
    private const int ReasonCharactersMost = 500;
    private const int DetailCharactersMost = 16_384;

    /// <summary>Opens a row; while it is open, the same kind and subject count up and the newest reason stands.</summary>
    public Task Put(Tx tx, string kind, string subject, string reason, JsonObject? detail = null)
    {
        if (!kinds.Knows(kind) || subject.Length is 0 or > SubjectCharactersMost)
        {
            throw new InvalidOperationException($"'{kind}' is not registered, or the subject has no or more than {SubjectCharactersMost} characters.");
        }

        return tx.Execute(
            """
            insert into foundation.set_aside (kind, subject, reason, detail, first_seen_at, last_seen_at)
            values (@kind, @Subject, @Reason, @Detail, @Now, @Now)
            on conflict (kind, subject) where state = 'open' do update set
              times = set_aside.times + 1, last_seen_at = excluded.last_seen_at, reason = excluded.reason, detail = excluded.detail
            """,
            new { kind, Subject = Storable(subject), Reason = Bounded(reason), Detail = Bounded(detail), Now = clock.GetUtcNow() });
    }

    /// <summary>The cause has gone by itself; false when nothing of this was open.</summary>
    public async Task<bool> Resolve(Tx tx, string kind, string subject, string how) =>
        await tx.Execute(
            """
            update foundation.set_aside set state = 'resolved', resolved_at = @Now, resolved_by = @Server, resolution = @How
            where kind = @kind and subject = @Subject and state = 'open'
            """,
            new { kind, Subject = Storable(subject), How = Bounded(how), Server, Now = clock.GetUtcNow() }) > 0;

    /// <summary>
    /// What may be told of an exception: what it is, not what it says. Messages of drivers and parsers quote what they choked
    /// on; those of a broken invariant are ours and name ids.
    /// </summary>
    public static string ReasonOf(Exception failure) => failure switch
    {
        PostgresException refused => $"The database refused it: {refused.SqlState} {refused.ConstraintName}".TrimEnd(),
        { InnerException: not null } or not InvalidOperationException => failure.GetType().Name,
        _ => failure.Message,
    };

    // What is put here may be what was wrong: it must not fail for the same reason once more.
    private static string Storable(string text) =>
        string.Concat(text.EnumerateRunes().Select(r => r.Value == 0 ? "\ufffd" : r.ToString()));

    private static string Bounded(string text) =>
        Storable(text.Length > ReasonCharactersMost ? text[..ReasonCharactersMost] + "…" : text);

    private static JsonNode Bounded(JsonObject? detail)
    {
        detail ??= [];
        return detail.ToJsonString().Length > DetailCharactersMost
            ? new JsonObject { ["left_out"] = "The detail is too long to be kept." }
            : detail;
    }
}
