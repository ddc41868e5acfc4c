using System.Security.Claims;
using Tallystick.Core.Ids;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>Who is calling: bound from the authenticated request, so a route that takes one cannot forget to ask.</summary>
/// <param name="Organisation">On whose behalf. Every row of a tenant is compared with this.</param>
/// <param name="Person">Who signed in; null for an API key.</param>
/// <param name="Roles">What the organisation is.</param>
/// <param name="Scopes">What these credentials may do.</param>
/// <param name="Key">The API key that calls; null for a session.</param>
internal sealed record Caller(
    OrganisationId Organisation, PersonId? Person, IReadOnlySet<string> Roles, IReadOnlySet<string> Scopes, ApiKeyId? Key = null)
{
    public const string OrganisationClaim = "org";
    public const string PersonClaim = "person";
    public const string KeyClaim = "key";
    public const string RoleClaim = "role";
    public const string ScopeClaim = "scope";

    /// <summary>The cookie of a signed-in person.</summary>
    public const string SessionCookie = "tally_session";

    /// <summary>
    /// Whether other organisations' things are open to these credentials. By the scope and not by the role: a key that the
    /// operator made for one purpose must not open what it was not given.
    /// </summary>
    public bool IsOperator => Scopes.Contains(Scope.Operate);

    public static ValueTask<Caller?> BindAsync(HttpContext context) => new(From(context.User));

    public static Caller? From(ClaimsPrincipal user) =>
        OrganisationId.TryParse(user.FindFirstValue(OrganisationClaim), null, out var organisation)
            ? new Caller(
                organisation,
                PersonId.TryParse(user.FindFirstValue(PersonClaim), null, out var person) ? person : null,
                user.FindAll(RoleClaim).Select(c => c.Value).ToHashSet(StringComparer.Ordinal),
                user.FindAll(ScopeClaim).Select(c => c.Value).ToHashSet(StringComparer.Ordinal),
                ApiKeyId.TryParse(user.FindFirstValue(KeyClaim), null, out var key) ? key : null)
            : null;
}

/// <summary>What an organisation is. One may be several.</summary>
internal static class Role
{
    public const string Creator = "creator";
    public const string Buyer = "buyer";
    public const string Operator = "operator";
}

/// <summary>What credentials may do. A signed-in person has all scopes of the roles; an API key has those it was made with.</summary>
internal static class Scope
{
    public const string CatalogWrite = "catalog:write";
    public const string CatalogRead = "catalog:read";
    public const string LicencesWrite = "licences:write";
    public const string LicencesRead = "licences:read";
    public const string PaymentsWrite = "payments:write";
    public const string PaymentsRead = "payments:read";
    public const string UsageRead = "usage:read";
    public const string StatementsRead = "statements:read";
    public const string AccountsWrite = "accounts:write";
    public const string Operate = "operate";

    public static readonly IReadOnlyList<string> All =
    [
        CatalogWrite, CatalogRead, LicencesWrite, LicencesRead, PaymentsWrite, PaymentsRead, UsageRead,
        StatementsRead, AccountsWrite, Operate,
    ];
}

internal static class CallerRules
{
    /// <summary>Only credentials with this scope; the operator's own scope opens nothing else by itself.</summary>
    public static TBuilder RequiresScope<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new ScopeNeeded(scope)).AddEndpointFilter(async (context, next) =>
            context.HttpContext.User.HasClaim(Caller.ScopeClaim, scope)
                ? await next(context)
                : Problems.Forbidden.With($"The scope '{scope}' is needed.").ToHttp());
}

/// <summary>What a route asks for, told to the description of the API.</summary>
internal sealed record ScopeNeeded(string Scope);
