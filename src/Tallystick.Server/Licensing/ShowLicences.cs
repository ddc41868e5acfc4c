using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>Licences of the caller: those bought, or those granted on the caller's works.</summary>
internal static class ShowLicences
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/licences", List)
            .RequiresScope(Scope.LicencesRead)
            .WithName("ListLicences").WithTags("Licences")
            .WithSummary("Lists licences, newest first: as=buyer (default) those held, as=creator those granted.")
            .Produces<Page<LicenceAnswer>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        routes.MapGet("/v1/licences/{jti}", Show)
            .RequiresScope(Scope.LicencesRead)
            .WithName("ShowLicence").WithTags("Licences")
            .WithSummary("A licence; its buyer gets the token with it.")
            .Produces<LicenceAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        routes.MapGet("/v1/licences/{jti}/token", Token)
            .RequiresScope(Scope.LicencesRead)
            .WithName("ShowLicenceToken").WithTags("Licences")
            .WithSummary("The licence as a signed token (JWS), for its buyer: what a gate is shown.")
            .Produces<TokenAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<IResult> List(
        [AsParameters] PageQuery page, string? @as, Caller caller, Licences licences, CancellationToken stop)
    {
        LicenceId before = default;
        var errors = page.Check(new())
            .Require(page.After is null || LicenceId.TryParse(page.After, null, out before), "after", "Not a licence id.")
            .Require(@as is null or "buyer" or "creator", "as", "buyer or creator.");
        if (errors.Any)
        {
            return errors.ToRefusal().ToHttp();
        }

        LicenceId? start = page.After is null ? null : before;
        var rows = @as == "creator"
            ? await licences.OfCreator(caller.Organisation, start, page.Size + 1, stop)
            : await licences.OfBuyer(caller.Organisation, start, page.Size + 1, stop);
        return Results.Ok(Page<LicenceAnswer>.Of(
            [.. rows.Select(r => LicenceAnswer.Of(r, caller, null))], page.Size, r => r.LicenceId.ToString()));
    }

    private static async Task<IResult> Show(
        LicenceId jti, Caller caller, Database database, LicenceTokens tokens, RefundRevoked refund, HttpContext context,
        CancellationToken stop)
    {
        var (licence, owed) = await database.InTransaction(
            async tx => await Licences.Find(tx, jti) is { } found ? (found, await refund.Quote(tx, found, caller)) : (null, null), stop);
        if (licence is null || !MaySee(licence, caller))
        {
            return Problems.NotFound.With("No such licence.").ToHttp();
        }

        var token = licence.Buyer == caller.Organisation ? (await tokens.Sign(jti, stop))!.Token : null;
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(LicenceAnswer.Of(licence, caller, token) with { Refund = owed });
    }

    private static async Task<IResult> Token(
        LicenceId jti, Caller caller, Licences licences, LicenceTokens tokens, HttpContext context, CancellationToken stop)
    {
        if (await licences.Find(jti, stop) is not { } licence || licence.Buyer != caller.Organisation)
        {
            return Problems.NotFound.With("No such licence of yours.").ToHttp();
        }

        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(new TokenAnswer((await tokens.Sign(jti, stop))!.Token, licence.Expires));
    }

    private static bool MaySee(LicenceView licence, Caller caller) =>
        licence.Buyer == caller.Organisation || licence.Creator == caller.Organisation || caller.IsOperator;

    internal sealed record TokenAnswer(string Token, DateTimeOffset Expires);
}
