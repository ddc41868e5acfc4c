using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// Makes the operator named in the configuration, or brings password and key up to date. Runs at every start, before
/// the first request: a changed key, address or password ends the old one.
/// </summary>
internal sealed class BootstrapOperator(
    Database database, Passwords passwords, AccountsOptions options, IdSource ids) : IHostedService
{
    private const long LockKey = 0x7461_6c6c_7905;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.OperatorEmail is null && options.OperatorKey is null)
        {
            return;
        }

        var email = options.OperatorEmail is null ? null : Account.NormalEmail(options.OperatorEmail);
        var stored = await database.QueryOne<string>(
            "select password_hash from accounts.person where email = @email", new { email }, cancellationToken);
        var unchanged = stored is not null &&
            await passwords.Verify(options.OperatorPassword!, stored, cancellationToken);
        var hash = unchanged || email is null ? stored : await passwords.Hash(options.OperatorPassword!, cancellationToken);
        await database.InTransaction(
            async tx =>
            {
                await tx.Execute("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
                var organisation = await Organisation(tx);
                await EndOthers(tx, organisation, email);
                if (email is not null)
                {
                    await SavePerson(tx, organisation, email, hash!, unchanged);
                }

                if (options.OperatorKey is not null)
                {
                    await SaveKey(tx, organisation, options.OperatorKey);
                }
            },
            cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<OrganisationId> Organisation(Tx tx)
    {
        if (await tx.QueryOne<OrganisationId?>(
            "select id from accounts.organisation where 'operator' = any(roles)") is { } existing)
        {
            return existing;
        }

        var id = ids.New<OrganisationId>();
        await tx.Execute(
            "insert into accounts.organisation (id, name, roles, created_at) values (@id, 'Operator', @Roles, @Now)",
            new { id, Roles = new[] { Role.Operator }, ids.Now });
        return id;
    }

    /// <summary>People of the operator come from the configuration alone: who stands there no more signs in no more.</summary>
    private static Task EndOthers(Tx tx, OrganisationId organisation, string? email) => tx.Execute(
        """
        delete from accounts.session s using accounts.person p
        where p.id = s.person_id and p.organisation_id = @organisation and p.email is distinct from @email;
        delete from accounts.person where organisation_id = @organisation and email is distinct from @email
        """,
        new { organisation, email });

    private async Task SavePerson(Tx tx, OrganisationId organisation, string email, string hash, bool unchanged)
    {
        // Only the operator's own person: the address of somebody else's account is not taken over.
        await tx.Execute(
            """
            insert into accounts.person as p (id, organisation_id, email, password_hash, created_at)
            values (@Id, @organisation, @email, @hash, @Now)
            on conflict (email) do update set password_hash = excluded.password_hash
            where p.organisation_id = excluded.organisation_id
            """,
            new { Id = ids.New<PersonId>(), organisation, email, hash, ids.Now });
        if (!unchanged)
        {
            await tx.Execute(
                """
                delete from accounts.session s using accounts.person p
                where p.id = s.person_id and p.organisation_id = @organisation
                """,
                new { organisation });
        }
    }

    private async Task SaveKey(Tx tx, OrganisationId organisation, string key)
    {
        var hash = Account.Sha256(key);
        await tx.Execute(
            """
            update accounts.api_key set revoked_at = @Now
            where bootstrap and revoked_at is null and secret_sha256 <> @hash;
            insert into accounts.api_key (id, organisation_id, name, secret_sha256, scopes, bootstrap, created_at)
            values (@Id, @organisation, 'From the configuration', @hash, @Scopes, true, @Now)
            on conflict (secret_sha256) do update set revoked_at = null
            where api_key.bootstrap and api_key.organisation_id = excluded.organisation_id
            """,
            new { hash, organisation, Id = ids.New<ApiKeyId>(), Scopes = Scope.All.ToArray(), ids.Now });
    }
}
