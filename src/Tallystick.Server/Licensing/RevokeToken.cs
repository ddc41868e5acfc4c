using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Token revocation (RFC 7009): ends the licence behind a token, access tokens included. An unknown token is already
/// what the caller wants it to be (section 2.2); another's is refused (section 2.1).
/// </summary>
internal static class RevokeToken
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/oauth/revoke", Handle)
            .RequiresScope(Scope.LicencesWrite)
            .Spends(BudgetKind.LogEntries)
            .DisableAntiforgery()
            .WithName("RevokeToken").WithTags("OAuth")
            .WithSummary("Token revocation (RFC 7009).")
            .Accepts<Introspect.Request>("application/x-www-form-urlencoded")
            .Produces(StatusCodes.Status200OK).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    private static async Task<IResult> Handle(
        HttpContext context, Caller caller, Database database, LicenceTokens tokens, ChangeStatus change, CancellationToken stop)
    {
        var form = await OAuthForm.Read(context.Request, stop);
        var text = form.Required("token");
        form.Optional("token_type_hint");
        if (form.Refusal is { } refusal)
        {
            return refusal.ToHttp();
        }

        if (await tokens.Read(text, stop) is not { } token)
        {
            return Results.Ok();
        }

        if (!token.ConcernsCaller(caller))
        {
            return Problems.Forbidden.With("The token was not issued to you.").ToHttp();
        }

        await database.InTransaction(
            tx => change.End(tx, token.Licence.Id, "The token was revoked."), stop);
        return Results.Ok();
    }
}
