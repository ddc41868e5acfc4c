using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>A price and terms for a published work. Never changed afterwards: another price is another offer.</summary>
internal sealed class CreateOffer(Database database, Outbox outbox, IdSource ids)
{
    private const int OffersMost = 200;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/works/{id}/offers", async (
            WorkId id, Request request, Caller caller, CreateOffer slice, CancellationToken stop) =>
            (await slice.Handle(id, request, caller, stop)).ToHttp(
                made => Results.Created($"/v1/offers/{made.OfferId}", made)))
            .RequiresScope(Scope.CatalogWrite)
            .Spends(BudgetKind.Publications)
            .WithName("CreateOffer").WithTags("Offers")
            .WithSummary("Offers a published work for a price under terms. An offer never changes.")
            .Produces<OfferAnswer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private async Task<Outcome<OfferAnswer>> Handle(WorkId work, Request request, Caller caller, CancellationToken stop)
    {
        var (terms, price) = (request.Terms.ToTerms(), request.Price.ToPrice());
        var errors = new InputErrors();
        foreach (var (member, message) in OfferRules.Faults(terms, price))
        {
            errors.Add(member, message);
        }

        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        return await database.InTransaction<Outcome<OfferAnswer>>(
            async tx =>
            {
                var found = await tx.QueryOne<Found>(
                    """
                    select title, published_version is not null as published,
                      (select count(*) from catalog.offer where work_id = @work and withdrawn_at is null)::int as on_sale
                    from catalog.work where id = @work and creator = @Organisation for update
                    """,
                    new { work, caller.Organisation });
                return found switch
                {
                    null => Problems.NotFound.With("No such work."),
                    // A request that was under way when the account was closed: what is on sale then is withdrawn only once.
                    _ when await Organisations.IsClosed(tx, caller.Organisation) => Problems.Conflict.With("The account is closed."),
                    { Published: false } => CatalogProblems.NotPublished.With("Only what is published can be offered."),
                    { OnSale: >= OffersMost } => Problems.Conflict.With($"A work has at most {OffersMost} offers on sale."),
                    _ => OfferAnswer.Of(await Save(tx, work, found.Title, terms, price, caller)),
                };
            },
            stop);
    }

    private async Task<OfferView> Save(Tx tx, WorkId work, string title, Terms terms, Price price, Caller caller)
    {
        var offer = new OfferView(
            ids.New<OfferId>(),
            work,
            title,
            caller.Organisation,
            price,
            terms,
            OfferRules.Hash(work, terms, price),
            PlainWords.Summary(terms, price),
            OnSale: true);
        await tx.Execute(
            """
            insert into catalog.offer (id, work_id, creator, terms, price, terms_hash, hash, summary, created_at)
            values (@OfferId, @work, @Creator, @Terms, @Price, @TermsHash, @Hash, @Summary, @Now)
            """,
            new
            {
                offer.OfferId,
                work,
                offer.Creator,
                Terms = SqlTypes.Json(terms),
                Price = SqlTypes.Json(new { price.Amount, price.Meter, price.Per }),
                TermsHash = terms.Hash,
                offer.Hash,
                offer.Summary,
                ids.Now,
            });
        await outbox.Publish(tx, new OfferPublished(offer.OfferId, work));
        return offer;
    }

    private sealed record Found(string Title, bool Published, int OnSale);

    internal sealed record Request(TermsRequest Terms, PriceRequest Price);

    /// <summary>Terms, with the defaults that most offers have.</summary>
    internal sealed record TermsRequest(
        IReadOnlyList<string> RightsScope,
        int ValidDays,
        IReadOnlyList<string>? Transforms = null,
        long? MaxUses = null,
        IReadOnlyList<string>? Territories = null,
        bool Attribution = false,
        int RefundDays = 0)
    {
        public Terms ToTerms() =>
            new(RightsScope, Transforms ?? [], ValidDays, MaxUses, Territories ?? [], Attribution, RefundDays);
    }

    /// <summary>A price; without a meter it is paid once.</summary>
    internal sealed record PriceRequest(Money Amount, Meter Meter = Meter.None, long Per = 1)
    {
        public Price ToPrice() => new(Amount, Meter, Per);
    }
}
