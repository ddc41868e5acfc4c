using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Ends, suspends or restores a licence: in the status list, in the feed of the gates (by the event) and, when it ends,
/// in the log. What has ended stays ended.
/// </summary>
internal sealed class ChangeStatus(Outbox outbox, LogReceipts receipts, TimeProvider clock)
{
    /// <summary>True when something changed.</summary>
    public async Task<bool> To(Tx tx, LicenceId id, LicenceStatus status, string reason)
    {
        var now = clock.GetUtcNow();
        var changed = await tx.QueryOne<Changed>(
            """
            with l as (
              update licensing.licence set status = @Status, status_reason = @reason, status_at = @now
              where id = @id and status <> @Status and status <> @Ended
              returning list, buyer, creator),
            s as (update licensing.status_list set changed_at = @now where number in (select list from l))
            select buyer, creator from l
            """,
            new { id, Status = (short)status, Ended = (short)LicenceStatus.Invalid, reason, now });
        if (changed is null)
        {
            return false;
        }

        if (status == LicenceStatus.Invalid)
        {
            await receipts.Append(
                tx,
                ReceiptKind.LicenceRevoked,
                id.ToString(),
                new JsonObject
                {
                    ["licence_id"] = id.ToString(), ["reason"] = reason, ["revoked_at"] = now.ToUnixTimeSeconds(),
                },
                [changed.Buyer, changed.Creator]);
        }

        await outbox.Publish(tx, new LicenceRevoked(id, status, reason));
        return true;
    }

    private sealed record Changed(OrganisationId Buyer, OrganisationId Creator);
}

/// <summary>Ends a licence: the creator's, the operator's, or the buyer's own wish. Repeating it changes nothing.</summary>
internal sealed class RevokeLicence(Database database, ChangeStatus change)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/licences/{jti}/revoke", async (
            LicenceId jti, Request request, Caller caller, RevokeLicence slice, CancellationToken stop) =>
            (await slice.Handle(jti, request, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.LicencesWrite)
            .WithName("RevokeLicence").WithTags("Licences")
            .WithSummary("Revokes a licence for good: its creator, its buyer or the operator. Gates learn within seconds.")
            .Produces<LicenceAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private async Task<Outcome<LicenceAnswer>> Handle(
        LicenceId jti, Request request, Caller caller, CancellationToken stop)
    {
        var errors = new InputErrors().Text("reason", request.Reason, 500);
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        return await database.InTransaction<Outcome<LicenceAnswer>>(
            async tx =>
            {
                var licence = await Licences.Find(tx, jti);
                if (licence is null || !May(licence, caller))
                {
                    return Problems.NotFound.With("No such licence.");
                }

                await change.To(tx, jti, LicenceStatus.Invalid, request.Reason);
                return LicenceAnswer.Of((await Licences.Find(tx, jti))!, caller, null);
            },
            stop);
    }

    private static bool May(LicenceView licence, Caller caller) =>
        licence.Creator == caller.Organisation || licence.Buyer == caller.Organisation || caller.IsOperator;

    internal sealed record Request(string Reason);
}
