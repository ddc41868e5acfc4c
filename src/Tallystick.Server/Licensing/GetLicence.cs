using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>A licence of an offer that is free, or paid from the wallet as it is used. What is used is not promised here:
/// gates lease credit before they deliver.</summary>
internal sealed class GetLicence(
    Database database, Offers offers, GrantLicence grant, LicenceTokens tokens, LicensingOptions options, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/licences", async (Request request, Caller caller, GetLicence slice, CancellationToken stop) =>
            (await slice.Handle(request, caller, stop)).ToHttp(
                made => Results.Created($"/v1/licences/{made.LicenceId}", made)))
            .RequiresScope(Scope.LicencesWrite)
            .Spends(BudgetKind.LogEntries)
            .WithName("GetLicence").WithTags("Licences")
            .WithSummary("Gets a licence of a metered or free offer. One that is paid once comes with its purchase.")
            .Produces<LicenceAnswer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private async Task<Outcome<LicenceAnswer>> Handle(Request request, Caller caller, CancellationToken stop)
    {
        var granted = await database.InTransaction<Outcome<LicenceId>>(
            async tx =>
            {
                if (await offers.Find(tx, request.OfferId) is not { } offer)
                {
                    return Problems.NotFound.With("No such offer.");
                }

                var refusal = !offer.OnSale ? LicensingProblems.NotOnSale.With("It is not on sale any more.")
                    : offer.Price is { IsOneOff: true, Amount.Minor: > 0 }
                        ? LicensingProblems.PurchaseNeeded.With($"It costs {offer.Price.Amount}, once.")
                    : null;
                if (refusal is not null)
                {
                    return refusal;
                }

                // One at a time per buyer and offer, so that the limit holds.
                await tx.Take(Turn.Licence, $"{request.OfferId}/{caller.Organisation}");
                var held = await tx.QueryOne<int>(
                    """
                    select count(*)::int from licensing.licence
                    where offer_id = @OfferId and buyer = @Organisation and status = 0 and expires > @Now
                    """,
                    new { request.OfferId, caller.Organisation, Now = clock.GetUtcNow() });
                return held >= options.LicencesPerBuyerAndOffer
                    ? LicensingProblems.TooManyLicences.With($"At most {options.LicencesPerBuyerAndOffer} valid ones.")
                    : (await grant.Grant(tx, offer, caller.Organisation, null))!.Value;
            },
            stop);
        if (!granted.Succeeded(out var id, out var refused))
        {
            return refused;
        }

        var signed = await tokens.Sign(id, stop);
        return LicenceAnswer.Of(signed!.Licence, caller, signed.Token);
    }

    internal sealed record Request(OfferId OfferId);
}
