using Microsoft.AspNetCore.Mvc;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog;

/// <summary>Offers, also withdrawn ones by their id: whoever holds a licence can read what was agreed.</summary>
internal static class ShowOffers
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/works/{id}/offers", List)
            .AllowAnonymous()
            .WithName("ListOffers").WithTags("Offers")
            .WithSummary("The offers of a work that are on sale, newest first; its creator sees withdrawn ones too, unless on_sale=true.")
            .Produces<Page<OfferAnswer>>().ProducesProblem(400).ProducesProblem(404);
        routes.MapGet("/v1/offers/{id}", Show)
            .AllowAnonymous()
            .WithName("ShowOffer").WithTags("Offers")
            .WithSummary("An offer: terms, price and a summary in plain words.")
            .Produces<OfferAnswer>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> List(
        WorkId id, [AsParameters] PageQuery page, [FromQuery(Name = "on_sale")] bool? onSale, HttpContext context, Works works, Offers offers, CancellationToken stop)
    {
        OfferId before = default;
        var errors = page.Check(new()).Require(
            page.After is null || OfferId.TryParse(page.After, null, out before), "after", "Not an offer id.");
        if (errors.Any)
        {
            return errors.ToRefusal().ToHttp();
        }

        var work = await works.Find(id, stop);
        var mine = work is not null && Caller.From(context.User)?.Organisation == work.Creator;
        if (work is null || (work.Version is null && !mine))
        {
            return Problems.NotFound.With("No such work.").ToHttp();
        }

        var rows = await offers.Page(id, mine && onSale != true, page.After is null ? null : before, page.Size + 1, stop);
        return Results.Ok(Page<OfferAnswer>.Of([.. rows.Select(OfferAnswer.Of)], page.Size, o => o.OfferId.ToString()));
    }

    private static async Task<IResult> Show(OfferId id, Offers offers, CancellationToken stop) =>
        await offers.Find(id, stop) is { } offer
            ? Results.Ok(OfferAnswer.Of(offer))
            : Problems.NotFound.With("No such offer.").ToHttp();
}
