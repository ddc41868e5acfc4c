using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Server.Foundation;

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
        HttpContext context, LicenceTokens tokens, LicensingOptions options, FoundationOptions foundation, TimeProvider clock,
        CancellationToken stop)
    {
        var form = await OAuthForm.Read(context.Request, stop);
        var (grant, subject, type) = (form.Required("grant_type"), form.Required("subject_token"), form.Required("subject_token_type"));
        var (wanted, scope) = (form.Optional("requested_token_type"), form.Optional("scope"));
        var (audiences, resources) = (form.Many("audience"), form.Many("resource"));
        var (actor, actorType) = (form.Optional("actor_token"), form.Optional("actor_token_type"));
        var refusal = form.Refusal
            ?? (grant != Grant ? LicensingProblems.OAuthError("unsupported_grant_type", $"Only {Grant}.")
            : type != Jwt ? LicensingProblems.OAuthError("invalid_request", $"A licence is of type {Jwt}.")
            // Section 2.1: a token that does not say who acts would say less than was asked for.
            : (actor ?? actorType) is not null ? LicensingProblems.OAuthError("invalid_request", "No token that names an actor is issued: leave 'actor_token' out.")
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

        if (!audiences.All(a => a == LicenceToken.Audience) || !resources.All(r => IsDeliveredHere(r, foundation.GateUrl, token.Licence.WorkId)))
        {
            return LicensingProblems.OAuthError(
                "invalid_target", $"Tokens are issued for the audience {LicenceToken.Audience}, and for what {foundation.GateUrl} delivers of the licence's work.").ToHttp();
        }

        // A set (RFC 6749, section 3.3), so that it is never larger than the licence's own.
        var asked = scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
        string[] scopes = asked is null ? [.. token.Facts.RightsScope] : [.. token.Licence.RightsScope.Where(asked.Contains)];
        if (scopes.Length == 0 || scopes.Length < asked?.Count)
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

    /// <summary>
    /// The gate as a whole, or something below its address. Of another work the token opens nothing; a version's address does not say
    /// of which work it is, and the gate decides.
    /// </summary>
    private static bool IsDeliveredHere(string resource, string gate, WorkId work)
    {
        if (!Uri.TryCreate(resource, UriKind.Absolute, out var asked) || asked.Fragment.Length > 0 ||
            !Uri.TryCreate(gate, UriKind.Absolute, out var here) ||
            asked.GetLeftPart(UriPartial.Authority) != here.GetLeftPart(UriPartial.Authority))
        {
            return false;
        }

        var folder = here.AbsolutePath.TrimEnd('/') + "/";
        if (!(asked.AbsolutePath + "/").StartsWith(folder, StringComparison.Ordinal))
        {
            return false;
        }

        return asked.AbsolutePath[(folder.Length - 1)..].Split('/') is not ["", "w", { Length: > 0 } named, ..] || named == work.ToString();
    }

    /// <summary>RFC 8693, section 2.1.</summary>
    internal sealed record Request(
        string GrantType, string SubjectToken, string SubjectTokenType, string? RequestedTokenType, string? Scope,
        string? Audience, string? Resource, string? ActorToken, string? ActorTokenType);

    /// <summary>RFC 8693, section 2.2.1.</summary>
    internal sealed record Answer(string AccessToken, string IssuedTokenType, string TokenType, long ExpiresIn, string Scope);
}
