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
              and o.closed_at is null
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

        var identity = Identity.Of("api-key", key.Id.ToString(), key.OrganisationId, null, key.Roles, key.Scopes);
        identity.AddClaim(new(Caller.KeyClaim, key.Id.ToString()));
        return identity;
    }

    /// <summary>Serialises all changes of an organisation's keys: no key is made by one that is ending.</summary>
    public static Task Lock(Tx tx, OrganisationId organisation) => tx.Execute(
        "select 1 from accounts.organisation where id = @organisation for update", new { organisation });

    /// <summary>
    /// Ends keys of a locked organisation, and with each the keys that it made, and theirs: whoever got hold of a key must
    /// not keep what it opened.
    /// </summary>
    /// <returns>How many keys there are, also those that had ended before.</returns>
    public static Task<int> End(Tx tx, IReadOnlyCollection<ApiKeyId> keys, DateTimeOffset now) => tx.Execute(
        """
        with recursive line as (
          select id from accounts.api_key where id = any(@Ids)
          union select k.id from accounts.api_key k join line on k.parent_id = line.id)
        update accounts.api_key set revoked_at = coalesce(revoked_at, @now) where id in (select id from line)
        """,
        new { Ids = keys.Select(k => k.Value).ToArray(), now });

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
