using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

internal static class Scheme
{
    /// <summary>Chooses by what the request carries: a gate's secret, an API key or a cookie.</summary>
    public const string Any = "any";
    public const string ApiKey = "api-key";
    public const string Session = "session";

    public static string? Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;
    }

    public static string Choose(HttpContext context) =>
        context.Request.Headers.Authorization.Count == 0 ? Session
        : Bearer(context.Request)?.StartsWith(GateCaller.SecretPrefix, StringComparison.Ordinal) == true ? GateCaller.Scheme
        : ApiKey;
}

/// <summary><c>Authorization: Bearer tsk_…</c> (RFC 6750, section 2.1).</summary>
internal sealed class ApiKeyAuthentication(
    ApiKeys keys, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Accounts.Scheme.Bearer(Request) is not { } secret)
        {
            return AuthenticateResult.NoResult();
        }

        return await keys.Identify(secret, Context.RequestAborted) is { } identity
            ? AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name))
            : AuthenticateResult.Fail("The API key is unknown, revoked or expired.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return Task.CompletedTask;
    }
}

/// <summary>The cookie of a signed-in person.</summary>
internal sealed class SessionAuthentication(
    Sessions sessions,
    FoundationOptions foundation,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Cookies[Caller.SessionCookie] is not { } token || ComesFromElsewhere())
        {
            return AuthenticateResult.NoResult();
        }

        return await sessions.Identify(token, Context.RequestAborted) is { } identity
            ? AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name))
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // A person is led to the form; a program is told which credentials it needs.
        if (HttpMethods.IsGet(Request.Method) &&
            Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            Response.Redirect($"/sign-in?return_url={Uri.EscapeDataString(Request.Path + Request.QueryString)}");
            return Task.CompletedTask;
        }

        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    // A change that another origin asked for is treated as nobody's.
    private bool ComesFromElsewhere() =>
        !HttpMethods.IsGet(Request.Method) && !HttpMethods.IsHead(Request.Method) &&
        !RequestOrigin.IsOurs(Request, foundation.PublicUrl);
}
