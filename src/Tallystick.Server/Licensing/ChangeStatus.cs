using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Ends, suspends or restores a licence: in the status list, in the feed of the gates (by the event) and, when it ends or comes
/// back, in the log. What was ended stays ended; only what disputes did to it follows them.
/// </summary>
internal sealed class ChangeStatus(Outbox outbox, LogReceipts receipts, TimeProvider clock)
{
    /// <summary>Ends it for good. True when something changed.</summary>
    public Task<bool> End(Tx tx, LicenceId id, string reason) =>
        Change(tx, id, standing => standing with { Own = LicenceStatus.Invalid, OwnReason = standing.OwnReason ?? reason });

    /// <summary>
    /// What the disputes about its payment say now. It is read once the licence is locked, so that of two that come at once the
    /// later one is right.
    /// </summary>
    public Task<bool> FollowDisputes(Tx tx, LicenceId id, Func<Task<(LicenceStatus Status, string Reason)>> now) =>
        Change(tx, id, async standing =>
        {
            var (status, reason) = await now();
            return status == standing.Disputed ? standing : standing with { Disputed = status, DisputedReason = reason };
        });

    private Task<bool> Change(Tx tx, LicenceId id, Func<Standing, Standing> how) => Change(tx, id, s => Task.FromResult(how(s)));

    private async Task<bool> Change(Tx tx, LicenceId id, Func<Standing, Task<Standing>> how)
    {
        var before = await tx.QueryOne<Standing>(
            """
            select own_status::int as own, own_reason, dispute_status::int as disputed, dispute_reason as disputed_reason,
              revocations, buyer, creator
            from licensing.licence where id = @id for update
            """,
            new { id });
        if (before is null || await how(before) is var after && after == before)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        var revoked = after.Status == LicenceStatus.Invalid && before.Status != LicenceStatus.Invalid;
        var restored = before.Status == LicenceStatus.Invalid && after.Status != LicenceStatus.Invalid;
        after = after with { Revocations = after.Revocations + (revoked ? 1 : 0) };
        await tx.Execute(
            """
            with l as (
              update licensing.licence set own_status = @Own, own_reason = @OwnReason, dispute_status = @Disputed,
                dispute_reason = @DisputedReason, status = @Status, status_reason = @Reason, revocations = @Revocations,
                status_at = @now
              where id = @id returning list)
            update licensing.status_list set changed_at = @now where number in (select list from l)
            """,
            new
            {
                id, now, Own = (short)after.Own, after.OwnReason, Disputed = (short)after.Disputed, after.DisputedReason,
                Status = (short)after.Status, after.Reason, after.Revocations,
            });
        if (after.Status == before.Status)
        {
            return false;
        }

        if (revoked || restored)
        {
            await Log(tx, id, revoked ? ReceiptKind.LicenceRevoked : ReceiptKind.LicenceRestored, after, now);
        }

        await outbox.Publish(tx, new LicenceRevoked(id, after.Status, after.Reason));
        return true;
    }

    private Task Log(Tx tx, LicenceId id, ReceiptKind kind, Standing standing, DateTimeOffset now) => receipts.Append(
        tx,
        kind,
        // Each time it ends is another receipt; the first has the plain name, by which it is asked for.
        standing.Revocations == 1 ? id.ToString() : $"{id}/{standing.Revocations}",
        new JsonObject
        {
            ["licence_id"] = id.ToString(),
            ["reason"] = standing.Reason,
            [kind == ReceiptKind.LicenceRevoked ? "revoked_at" : "restored_at"] = now.ToUnixTimeSeconds(),
        },
        [standing.Buyer, standing.Creator]);

    /// <summary>What people decided about a licence, and what the disputes about its payment did to it.</summary>
    private sealed record Standing(
        LicenceStatus Own, string? OwnReason, LicenceStatus Disputed, string? DisputedReason, int Revocations,
        OrganisationId Buyer, OrganisationId Creator)
    {
        public LicenceStatus Status => Own == LicenceStatus.Valid ? Disputed : Own;

        public string Reason => (Own == LicenceStatus.Valid ? DisputedReason : OwnReason) ?? "It is valid.";
    }
}
