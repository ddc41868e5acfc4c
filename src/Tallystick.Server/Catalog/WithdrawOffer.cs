using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>Takes an offer off the shelf for good. Licences already granted go on. Repeating it changes nothing.</summary>
internal static class WithdrawOffer
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/offers/{id}/withdraw", Handle)
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("WithdrawOffer").WithTags("Offers")
            .WithSummary("Withdraws an offer: it cannot be bought any more.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<IResult> Handle(
        OfferId id, Caller caller, Database database, Outbox outbox, TimeProvider clock, CancellationToken stop)
    {
        var found = await database.InTransaction(
            async tx =>
            {
                var offer = await tx.QueryOne<Found>(
                    "select work_id, withdrawn_at is not null as withdrawn from catalog.offer where id = @id and creator = @Organisation for update",
                    new { id, caller.Organisation });
                if (offer is { Withdrawn: false })
                {
                    await tx.Execute(
                        "update catalog.offer set withdrawn_at = @Now where id = @id", new { id, Now = clock.GetUtcNow() });
                    await outbox.Publish(tx, new OfferWithdrawn(id, offer.WorkId));
                }

                return offer is not null;
            },
            stop);
        return found ? Results.NoContent() : Problems.NotFound.With("No such offer.").ToHttp();
    }

    private sealed record Found(WorkId WorkId, bool Withdrawn);
}
