using System.Security.Claims;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Finds whose API key a secret is.</summary>
internal sealed class ApiKeys(Database database, TimeProvider clock)
{
    public const string Prefix = "tsk_";
    private const int SecretLengthMost = 204;

    public async Task<ClaimsIdentity?> Identify(string secret, CancellationToken stop)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal) || secret.Length > SecretLengthMost)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        // Looked up by hash: the comparison's duration tells nothing about the secret.
        var key = await database.QueryOne<Found>(
            """
            select k.id, k.organisation_id, o.roles, k.scopes,
              k.last_used_on is distinct from (@Now at time zone 'UTC')::date as first_today
            from accounts.api_key k join accounts.organisation o on o.id = k.organisation_id
            where k.secret_sha256 = @Hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > @Now)
            """,
            new { Hash = Account.Sha256(secret), Now = now },
            stop);
        if (key is null)
        {
            return null;
        }

        if (key.FirstToday)
        {
            // The day is enough to find unused keys, and costs one write a day instead of one a request.
            await database.InTransaction(
                tx => tx.Execute(
                    "update accounts.api_key set last_used_on = (@Now at time zone 'UTC')::date where id = @Id",
                    new { key.Id, Now = now }),
                stop);
        }

        return Identity.Of("api-key", key.Id.ToString(), key.OrganisationId, null, key.Roles, key.Scopes);
    }

    private sealed record Found(ApiKeyId Id, OrganisationId OrganisationId, string[] Roles, string[] Scopes, bool FirstToday);
}

internal static class Identity
{
    public static ClaimsIdentity Of(
        string kind,
        string subject,
        OrganisationId organisation,
        PersonId? person,
        IReadOnlyCollection<string> roles,
        IReadOnlyCollection<string> scopes)
    {
        var identity = new ClaimsIdentity(kind);
        identity.AddClaim(new(ClaimTypes.NameIdentifier, subject));
        identity.AddClaim(new(Caller.OrganisationClaim, organisation.ToString()));
        if (person is not null)
        {
            identity.AddClaim(new(Caller.PersonClaim, person.Value.ToString()));
        }

        identity.AddClaims(roles.Select(r => new Claim(Caller.RoleClaim, r)));
        identity.AddClaims(scopes.Select(s => new Claim(Caller.ScopeClaim, s)));
        return identity;
    }
}
