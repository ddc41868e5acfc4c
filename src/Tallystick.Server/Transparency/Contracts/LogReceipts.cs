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
        Tx tx, ReceiptKind kind, string subjectKey, JsonObject opening, IReadOnlyList<OrganisationId> readers) =>
        (await AppendAll(tx, kind, [new NewReceipt(subjectKey, opening, readers)]))[0];

    /// <summary>Many receipts of one kind at once, in this order; see <see cref="Append"/>.</summary>
    /// <returns>The ids, in the order of <paramref name="receipts"/>.</returns>
    public async Task<IReadOnlyList<ReceiptId>> AppendAll(Tx tx, ReceiptKind kind, IReadOnlyList<NewReceipt> receipts)
    {
        var drafts = receipts.Select(r => Draft.Of(ids.New<ReceiptId>(), kind, r)).ToList();
        var added = (await tx.Query<Added>(
            """
            with n as (
              select * from unnest(@Ids, @Subjects, @Owners, @Salts, @Openings, @Leaves) with ordinality
                u (id, subject_key, owners, salt, opening, leaf, place)),
            r as (
              insert into transparency.receipt (id, kind, subject_key, owners, at)
              select id, @Kind, subject_key, owners::uuid[], @At from n
              on conflict (kind, subject_key) do nothing returning id),
            o as (
              insert into transparency.opening (receipt_id, salt, opening) select id, n.salt, n.opening from r join n using (id))
            insert into transparency.pending (receipt_id, leaf, at)
            select id, n.leaf, @At from r join n using (id) order by n.place returning receipt_id
            """,
            new
            {
                Kind = kind.Name(),
                At = clock.GetUtcNow(),
                Ids = drafts.Select(d => d.Id.Value).ToArray(),
                Subjects = receipts.Select(r => r.SubjectKey).ToArray(),
                Owners = receipts.Select(r => $"{{{string.Join(',', r.Readers.Select(o => o.Value))}}}").ToArray(),
                Salts = drafts.Select(d => d.Salt).ToArray(),
                Openings = drafts.Select(d => d.Opening).ToArray(),
                Leaves = drafts.Select(d => d.Leaf).ToArray(),
            })).Select(a => a.ReceiptId).ToHashSet();
        if (added.Count > 0)
        {
            tx.AfterCommit(() => wakeUps.Wake(Sequencer.Worker));
        }

        var appended = new List<ReceiptId>(drafts.Count);
        foreach (var (draft, receipt) in drafts.Zip(receipts))
        {
            appended.Add(added.Contains(draft.Id)
                ? draft.Id
                : await SameAsBefore(tx, kind.Name(), receipt.SubjectKey, draft.Opening));
        }

        return appended;
    }

    /// <summary>A receipt with its proof, by kind and subject: see <see cref="Find(ReceiptId, CancellationToken)"/>.</summary>
    public Task<FoundReceipt> Find(ReceiptKind kind, string subjectKey, CancellationToken stop) =>
        find.BySubject(kind, subjectKey, stop);

    /// <summary>A receipt with a proof against the checkpoint that is published now.</summary>
    public Task<FoundReceipt> Find(ReceiptId id, CancellationToken stop) => find.ById(id, stop);

    /// <summary>Where receipts stand in the published log, by what they are about; without a proof, and so many at once.</summary>
    public Task<IReadOnlyDictionary<string, long>> Places(
        ReceiptKind kind, IReadOnlyCollection<string> subjectKeys, CancellationToken stop) => find.Places(kind, subjectKeys, stop);

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

    private sealed record Added(ReceiptId ReceiptId);

    private sealed record Draft(ReceiptId Id, byte[] Salt, string Opening, byte[] Leaf)
    {
        public static Draft Of(ReceiptId id, ReceiptKind kind, NewReceipt receipt)
        {
            var canonical = CanonicalJson.Bytes(receipt.Opening);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(canonical.Length, Commitment.OpeningBytesMax, nameof(receipt));
            var salt = RandomNumberGenerator.GetBytes(Commitment.SaltBytes);
            var leaf = new ReceiptLeaf(kind, Commitment.Of(salt, canonical)).ToBytes();
            return new Draft(id, salt, Encoding.UTF8.GetString(canonical), leaf);
        }
    }
}

/// <summary>A receipt to be left.</summary>
/// <param name="SubjectKey">What it is about, unique within the kind.</param>
/// <param name="Opening">What the leaf commits to.</param>
/// <param name="Readers">Organisations that may read the opening; none for the operator only.</param>
internal sealed record NewReceipt(string SubjectKey, JsonObject Opening, IReadOnlyList<OrganisationId> Readers);

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
