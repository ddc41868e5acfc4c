using Tallystick.Core.Licences;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Token exchange (RFC 8693): a licence for a short-lived access token, so that the licence itself need not travel with
/// every request. No further credentials: the licence is a bearer token, and what it is exchanged for opens no more.
/// </summary>
internal static class ExchangeToken
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string Jwt = "urn:ietf:params:oauth:token-type:jwt";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/oauth/token", Handle)
            .AllowAnonymous()
            .DisableAntiforgery()
            .WithName("ExchangeToken").WithTags("OAuth")
            .WithSummary("Token exchange (RFC 8693): a licence for an access token of a few minutes.")
            .Accepts<Request>("application/x-www-form-urlencoded")
            .Produces<Answer>().ProducesProblem(400);

    private static async Task<IResult> Handle(
        HttpContext context, LicenceTokens tokens, LicensingOptions options, TimeProvider clock, CancellationToken stop)
    {
        var form = await OAuthForm.Read(context.Request, stop);
        var (grant, subject, type) = (form.Required("grant_type"), form.Required("subject_token"), form.Required("subject_token_type"));
        var (wanted, scope) = (form.Optional("requested_token_type"), form.Optional("scope"));
        var refusal = form.Refusal
            ?? (grant != Grant ? LicensingProblems.OAuthError("unsupported_grant_type", $"Only {Grant}.")
            : type != Jwt ? LicensingProblems.OAuthError("invalid_request", $"A licence is of type {Jwt}.")
            : wanted is not null and not AccessToken ? LicensingProblems.OAuthError("invalid_request", $"Only {AccessToken} is issued.")
            : null);
        if (refusal is not null)
        {
            return refusal.ToHttp();
        }

        var now = clock.GetUtcNow();
        var token = await tokens.Read(subject, stop);
        if (token is not { Facts.Kind: TokenKind.Licence } || !token.IsActiveAt(now))
        {
            return LicensingProblems.OAuthError("invalid_grant", "The licence is unknown, expired, suspended or revoked.").ToHttp();
        }

        var scopes = scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [.. token.Facts.RightsScope];
        if (scopes.Length == 0 || !scopes.All(token.Licence.RightsScope.Contains))
        {
            return LicensingProblems.OAuthError("invalid_scope", "Only rights that the licence has.").ToHttp();
        }

        // Never beyond the licence; whole seconds, because that is what the token says.
        var expires = new[] { now + options.AccessTokenLife, token.Licence.Expires }.Min();
        var access = await tokens.SignAccess(token.Licence, scopes, expires, stop);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(new Answer(
            access,
            AccessToken,
            "Bearer",
            expires.ToUnixTimeSeconds() - now.ToUnixTimeSeconds(),
            string.Join(' ', scopes)));
    }

    /// <summary>RFC 8693, section 2.1.</summary>
    internal sealed record Request(
        string GrantType, string SubjectToken, string SubjectTokenType, string? RequestedTokenType, string? Scope);

    /// <summary>RFC 8693, section 2.2.1.</summary>
    internal sealed record Answer(string AccessToken, string IssuedTokenType, string TokenType, long ExpiresIn, string Scope);
}
