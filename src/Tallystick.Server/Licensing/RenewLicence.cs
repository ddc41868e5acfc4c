using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Another term for a licence that is paid as it is used: the same uses and the same price. What was paid once is
/// bought again instead.
/// </summary>
internal sealed class RenewLicence(
    Database database, Offers offers, Outbox outbox, LogReceipts receipts, LicenceTokens tokens, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/licences/{jti}/renew", async (
            LicenceId jti, Caller caller, RenewLicence slice, CancellationToken stop) =>
            (await slice.Handle(jti, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.LicencesWrite)
            .Spends(BudgetKind.LogEntries)
            .WithName("RenewLicence").WithTags("Licences")
            .WithSummary("Renews a metered or free licence for another term, while its offer is on sale.")
            .Produces<LicenceAnswer>()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private async Task<Outcome<LicenceAnswer>> Handle(LicenceId jti, Caller caller, CancellationToken stop)
    {
        var refusal = await database.InTransaction(tx => Renew(tx, jti, caller), stop);
        if (refusal is not null)
        {
            return refusal;
        }

        var signed = await tokens.Sign(jti, stop);
        return LicenceAnswer.Of(signed!.Licence, caller, signed.Token);
    }

    private async Task<Refusal?> Renew(Tx tx, LicenceId jti, Caller caller)
    {
        var licence = await Licences.Find(tx, jti);
        if (licence is null || licence.Buyer != caller.Organisation)
        {
            return Problems.NotFound.With("No such licence of yours.");
        }

        var offer = await offers.Find(tx, licence.OfferId);
        if (Refuse(licence, offer!) is { } refusal)
        {
            return refusal;
        }

        var now = clock.GetUtcNow();
        var start = licence.Expires > now ? licence.Expires : now;
        // A decade ahead at most: dates far out are mistakes, and a token must be able to say them.
        if (start > now.AddDays(3653))
        {
            return Problems.Conflict.With("The licence is valid for ten years already.");
        }

        var number = await tx.QueryOne<int>(
            """
            update licensing.licence set expires = @Expires, renewals = renewals + 1 where id = @jti returning renewals
            """,
            new { jti, Expires = start.AddDays(offer!.Terms.ValidDays) });
        await receipts.Append(
            tx,
            ReceiptKind.LicenceRenewed,
            $"{jti}/{number}",
            new JsonObject
            {
                ["licence_id"] = jti.ToString(),
                ["renewal"] = number,
                ["expires"] = start.AddDays(offer.Terms.ValidDays).ToUnixTimeSeconds(),
            },
            [licence.Buyer, licence.Creator]);
        await outbox.Publish(tx, new LicenceRenewed(jti, start.AddDays(offer.Terms.ValidDays)));
        return null;
    }

    private static Refusal? Refuse(LicenceView licence, OfferView offer) =>
        licence.Status != LicenceStatus.Valid ? LicensingProblems.Ended.With("It was revoked or suspended.")
        : offer.Price is { IsOneOff: true, Amount.Minor: > 0 }
            ? LicensingProblems.PurchaseNeeded.With($"It costs {offer.Price.Amount} again.")
        : !offer.OnSale ? LicensingProblems.NotOnSale.With("It is not on sale any more.")
        : null;
}
