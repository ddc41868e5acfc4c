using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// Sessions of people on pages: a random token in a cookie, its hash in the database. Each request in the second half
/// of the idle time moves the end on, never past the absolute end.
/// </summary>
internal sealed class Sessions(
    Database database, AccountsOptions options, FoundationOptions foundation, TimeProvider clock)
{
    public async Task Begin(HttpContext context, PersonId person, CancellationToken stop)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = clock.GetUtcNow();
        var ends = now + options.SessionMost;
        await database.InTransaction(
            tx => tx.Execute(
                """
                insert into accounts.session (token_sha256, person_id, created_at, expires_at, ends_at)
                values (@Hash, @Person, @Now, least(@Idle, @Ends), @Ends)
                """,
                new { Hash = Account.Sha256(token), Person = person, Now = now, Idle = now + options.SessionIdleMost, Ends = ends }),
            stop);
        context.Response.Cookies.Append(Caller.SessionCookie, token, Cookie(context, ends));
    }

    public async Task End(HttpContext context, CancellationToken stop)
    {
        await Forget(context, stop);
        context.Response.Cookies.Delete(Caller.SessionCookie, Cookie(context, expires: null));
    }

    /// <summary>Ends the session of this browser, and leaves the cookie to whoever sets the next one.</summary>
    public async Task Forget(HttpContext context, CancellationToken stop)
    {
        if (context.Request.Cookies[Caller.SessionCookie] is { } token)
        {
            await database.InTransaction(
                tx => tx.Execute(
                    "delete from accounts.session where token_sha256 = @Hash", new { Hash = Account.Sha256(token) }),
                stop);
        }
    }

    public async Task<ClaimsIdentity?> Identify(string token, CancellationToken stop)
    {
        if (token.Length > 100)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var hash = Account.Sha256(token);
        var session = await database.QueryOne<Found>(
            """
            select p.id, p.organisation_id, o.roles, s.expires_at, s.ends_at
            from accounts.session s
            join accounts.person p on p.id = s.person_id
            join accounts.organisation o on o.id = p.organisation_id
            where s.token_sha256 = @Hash and s.expires_at > @Now and o.closed_at is null
            """,
            new { Hash = hash, Now = now },
            stop);
        if (session is null)
        {
            return null;
        }

        if (session.ExpiresAt - now < options.SessionIdleMost / 2 && session.ExpiresAt < session.EndsAt)
        {
            await database.InTransaction(
                tx => tx.Execute(
                    "update accounts.session set expires_at = least(@Idle, ends_at) where token_sha256 = @Hash",
                    new { Hash = hash, Idle = now + options.SessionIdleMost }),
                stop);
        }

        return Identity.Of(
            "session",
            session.Id.ToString(),
            session.OrganisationId,
            session.Id,
            session.Roles,
            Account.ScopesOf(session.Roles));
    }

    private CookieOptions Cookie(HttpContext context, DateTimeOffset? expires)
    {
        var cookie = Account.Cookie(context, foundation);
        cookie.Expires = expires;
        return cookie;
    }

    private sealed record Found(
        PersonId Id, OrganisationId OrganisationId, string[] Roles, DateTimeOffset ExpiresAt, DateTimeOffset EndsAt);
}
