using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency.Contracts;

/// <summary>
/// Lets a module leave a receipt of what it does, inside the transaction that does it, and read receipts back
/// once the log has published them (a fraction of a second later).
/// </summary>
internal sealed class LogReceipts(IdSource ids, WakeUps wakeUps, TimeProvider clock, FindReceipt find)
{
    /// <summary>
    /// Stores a receipt with the caller's transaction. Once per kind and subject: a repetition changes nothing and
    /// answers the same id.
    /// </summary>
    /// <param name="tx">The transaction that does what the receipt is about.</param>
    /// <param name="kind">Public, and all of it that is.</param>
    /// <param name="subjectKey">What it is about, unique within the kind: a licence id, a seal id, a payout id.</param>
    /// <param name="opening">What the leaf commits to. Whole numbers within ±2^53; amounts and quantities as text.</param>
    /// <param name="readers">Organisations that may read the opening; none for the operator only.</param>
    /// <exception cref="InvalidOperationException">The same receipt was left before and said something else.</exception>
    public async Task<ReceiptId> Append(
        Tx tx, ReceiptKind kind, string subjectKey, JsonObject opening, IReadOnlyList<OrganisationId> readers)
    {
        var canonical = CanonicalJson.Bytes(opening);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(canonical.Length, Commitment.OpeningBytesMax, nameof(opening));
        var salt = RandomNumberGenerator.GetBytes(Commitment.SaltBytes);
        var arguments = new
        {
            Id = ids.New<ReceiptId>(),
            Kind = kind.Name(),
            SubjectKey = subjectKey,
            Owners = readers.Select(o => o.Value).ToArray(),
            At = clock.GetUtcNow(),
            Salt = salt,
            Opening = Encoding.UTF8.GetString(canonical),
            Leaf = new ReceiptLeaf(kind, Commitment.Of(salt, canonical)).ToBytes(),
        };
        var added = await tx.Execute(
            """
            with r as (
              insert into transparency.receipt (id, kind, subject_key, owners, at)
              values (@Id, @Kind, @SubjectKey, @Owners, @At)
              on conflict (kind, subject_key) do nothing returning id),
            o as (
              insert into transparency.opening (receipt_id, salt, opening) select id, @Salt, @Opening from r)
            insert into transparency.pending (receipt_id, leaf, at) select id, @Leaf, @At from r
            """,
            arguments);
        if (added == 0)
        {
            return await SameAsBefore(tx, arguments.Kind, subjectKey, arguments.Opening);
        }

        tx.AfterCommit(() => wakeUps.Wake(Sequencer.Worker));
        return arguments.Id;
    }

    /// <summary>A receipt with its proof, by kind and subject: see <see cref="Find(ReceiptId, CancellationToken)"/>.</summary>
    public Task<FoundReceipt> Find(ReceiptKind kind, string subjectKey, CancellationToken stop) =>
        find.BySubject(kind, subjectKey, stop);

    /// <summary>A receipt with a proof against the checkpoint that is published now.</summary>
    public Task<FoundReceipt> Find(ReceiptId id, CancellationToken stop) => find.ById(id, stop);

    private static async Task<ReceiptId> SameAsBefore(Tx tx, string kind, string subjectKey, string opening)
    {
        var before = await tx.QueryOne<Before>(
            """
            select r.id, o.opening from transparency.receipt r
            left join transparency.opening o on o.receipt_id = r.id
            where r.kind = @kind and r.subject_key = @subjectKey
            """,
            new { kind, subjectKey });
        return before!.Opening is null || before.Opening == opening
            ? before.Id
            : throw new InvalidOperationException($"The receipt {kind} of {subjectKey} was left before with another opening.");
    }

    private sealed record Before(ReceiptId Id, string? Opening);
}

/// <summary>What looking for a receipt comes to. Closed: one of the four records below.</summary>
internal abstract record FoundReceipt
{
    private FoundReceipt()
    {
    }

    /// <summary>Published, with its proof.</summary>
    internal sealed record Published(ReceiptId Id, IReadOnlyList<OrganisationId> Owners, LogReceipt Receipt) : FoundReceipt;

    /// <summary>Stored; the next checkpoint will cover it.</summary>
    internal sealed record Pending(ReceiptId Id, ReceiptKind Kind, IReadOnlyList<OrganisationId> Owners) : FoundReceipt;

    /// <summary>Its opening was erased. The log's proof of its leaf stays valid, but says nothing any more.</summary>
    internal sealed record Erased(ReceiptId Id, ReceiptKind Kind, IReadOnlyList<OrganisationId> Owners) : FoundReceipt;

    /// <summary>There is none.</summary>
    internal sealed record Unknown : FoundReceipt;
}
