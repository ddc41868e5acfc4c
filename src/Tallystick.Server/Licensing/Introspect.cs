using System.Buffers.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Licences;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Token introspection (RFC 7662): what a token is worth now. For a gate, the licence's buyer and creator, and the
/// operator; to anybody else every token is inactive, so that nothing can be learnt by asking (section 4).
/// </summary>
internal static class Introspect
{
    public const string Policy = "organisation-or-gate";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/oauth/introspect", Handle)
            .RequireAuthorization(Policy)
            .DisableAntiforgery()
            .WithName("Introspect").WithTags("OAuth")
            .WithSummary("Token introspection (RFC 7662).")
            .Accepts<Request>("application/x-www-form-urlencoded")
            .Produces<JsonObject>().ProducesProblem(400).ProducesProblem(401);

    private static async Task<IResult> Handle(
        HttpContext context, LicenceTokens tokens, TimeProvider clock, CancellationToken stop)
    {
        var form = await OAuthForm.Read(context.Request, stop);
        var text = form.Required("token");
        form.Optional("token_type_hint");
        if (form.Refusal is { } refusal)
        {
            return refusal.ToHttp();
        }

        context.Response.Headers.CacheControl = "no-store";
        var token = await tokens.Read(text, stop);
        var asked = Caller.From(context.User);
        var isGate = context.User.HasClaim(c => c.Type == GateCaller.GateClaim);
        if (token is null || !token.IsActiveAt(clock.GetUtcNow()) || !(isGate || (asked is not null && token.ConcernsCaller(asked))))
        {
            return Results.Ok(new JsonObject { ["active"] = false });
        }

        // The signature holds, so the payload is ours and says the same as the stored licence.
        var answer = JsonNode.Parse(Base64Url.DecodeFromChars(text.Split('.')[1]))!.AsObject();
        answer["active"] = true;
        answer["token_type"] = token.Facts.Kind == TokenKind.Licence ? "license" : "Bearer";
        answer["scope"] = string.Join(' ', token.Facts.RightsScope);
        return Results.Ok(answer);
    }

    /// <summary>RFC 7662, section 2.1.</summary>
    internal sealed record Request(string Token, string? TokenTypeHint);
}
