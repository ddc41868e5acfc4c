using System.Globalization;
using System.Text.Json.Serialization;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing;

/// <summary>
/// Token exchange (RFC 8693): a licence for a short-lived access token, so that the licence itself need not travel with
/// every request. No further credentials: the licence is a bearer token, and what it is exchanged for opens no more. Who asks for a
/// token of the type of a link names one file as <c>resource</c>, and gets one for that file alone, which may stand in its URL.
/// </summary>
internal static class ExchangeToken
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string Jwt = "urn:ietf:params:oauth:token-type:jwt";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private const string Link = "https://tallystick.dev/token-types/link";
    private const int LinkSecondsLeast = 30;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/oauth/token", Handle)
            .AllowAnonymous()
            .DisableAntiforgery()
            .WithName("ExchangeToken").WithTags("OAuth")
            .WithSummary("Token exchange (RFC 8693): a licence for an access token of a few minutes, or for a link to one file.")
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
        var life = form.Optional("expires_in");
        var (actor, actorType) = (form.Optional("actor_token"), form.Optional("actor_token_type"));
        var refusal = form.Refusal
            ?? (grant != Grant ? LicensingProblems.OAuthError("unsupported_grant_type", $"Only {Grant}.")
            : type != Jwt ? LicensingProblems.OAuthError("invalid_request", $"A licence is of type {Jwt}.")
            // Section 2.1: a token that does not say who acts would say less than was asked for.
            : (actor ?? actorType) is not null ? LicensingProblems.OAuthError("invalid_request", "No token that names an actor is issued: leave 'actor_token' out.")
            : wanted is not null and not AccessToken and not Link ? LicensingProblems.OAuthError("invalid_request", $"Only {AccessToken} and {Link} are issued.")
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

        LinkTarget? link = null;
        if (wanted == Link && (resources.Count != 1 || (link = FileAt(resources[0], foundation.GateUrl)) is null))
        {
            return LicensingProblems.OAuthError("invalid_target", "A link is to one 'resource': the whole URL of a file at the gate, without a query.").ToHttp();
        }

        if (Life(life, link is not null, options) is not { } lives)
        {
            return LicensingProblems.OAuthError(
                "invalid_request", $"'expires_in' is for links, from {LinkSecondsLeast} to {(long)options.LinkLifeMost.TotalSeconds} seconds.").ToHttp();
        }

        // Never beyond the licence; whole seconds, because that is what the token says.
        var expires = new[] { now + lives, token.Licence.Expires }.Min();
        var access = await tokens.SignAccess(token.Licence, scopes, expires, link, stop);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(new Answer(
            access,
            link is null ? AccessToken : Link,
            "Bearer",
            expires.ToUnixTimeSeconds() - now.ToUnixTimeSeconds(),
            string.Join(' ', scopes),
            link is null ? null : $"{resources[0]}?access_token={access}"));
    }

    // The path as the gate compares it: decoded, without what a proxy in front takes off.
    private static LinkTarget? FileAt(string resource, string gate)
    {
        var path = Uri.UnescapeDataString(new Uri(resource).AbsolutePath[new Uri(gate).AbsolutePath.TrimEnd('/').Length..]);
        return resource.AsSpan().IndexOfAny('?', '#') < 0 && !path.EndsWith('/') && path.Split('/') is ["", "w" or "v", _, _, ..]
            ? new(new(path))
            : null;
    }

    private static TimeSpan? Life(string? asked, bool isLink, LicensingOptions options) =>
        asked is null ? options.AccessTokenLife
        : isLink && int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) &&
            seconds >= LinkSecondsLeast && seconds <= options.LinkLifeMost.TotalSeconds ? TimeSpan.FromSeconds(seconds)
        : null;

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
        string? Audience, string? Resource, string? ActorToken, string? ActorTokenType, int? ExpiresIn);

    /// <summary>RFC 8693, section 2.2.1.</summary>
    /// <param name="Link">The URL with the token in it, when a link was asked for.</param>
    internal sealed record Answer(
        string AccessToken,
        string IssuedTokenType,
        string TokenType,
        long ExpiresIn,
        string Scope,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Link);
}
