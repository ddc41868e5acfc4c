using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// Makes the operator named in the configuration, or brings password and key up to date. Runs at every start, before the
/// first request: a changed key, address or password ends the old one, and one that is no longer named ends as well.
/// Whatever would leave nobody who operates is refused, or said loudly: an installation without an operator is found out
/// only when one is needed.
/// </summary>
internal sealed partial class BootstrapOperator(
    Database database, Passwords passwords, Emails emails, AccountsOptions options, IdSource ids, ILogger<BootstrapOperator> log)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var email = await emails.Normal(options.OperatorEmail, cancellationToken);
        if (email is null && options.OperatorEmail is not null)
        {
            throw new InvalidConfigurationException("Tally:Accounts:OperatorEmail: not an e-mail address; nothing was changed.");
        }

        var stored = await database.QueryOne<string>(
            "select password_hash from accounts.person where email = @email", new { email }, cancellationToken);
        var unchanged = stored is not null &&
            await passwords.Verify(options.OperatorPassword!, stored, cancellationToken);
        var hash = unchanged || email is null ? stored : await passwords.Hash(options.OperatorPassword!, cancellationToken);
        await database.InTransaction(
            async tx =>
            {
                await tx.Take(Turn.Operator);
                if (await Organisation(tx) is not { } organisation)
                {
                    return;
                }

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
        if (email is null)
        {
            LogNobody(options.OperatorKey is null ? "nobody operates this installation" : "only programs with the operator's key operate");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Null when there is none and none is named.</summary>
    private async Task<OrganisationId?> Organisation(Tx tx)
    {
        if (await tx.QueryOne<OrganisationId?>(
            "select id from accounts.organisation where 'operator' = any(roles)") is { } existing)
        {
            return existing;
        }

        if (options.OperatorEmail is null && options.OperatorKey is null)
        {
            return null;
        }

        var id = ids.New<OrganisationId>();
        await tx.Execute(
            "insert into accounts.organisation (id, name, roles, created_at) values (@id, 'Operator', @Roles, @Now)",
            new { id, Roles = new[] { Role.Operator }, ids.Now });
        return id;
    }

    /// <summary>People and the first key of the operator come from the configuration alone: what stands there no more ends.</summary>
    private async Task EndOthers(Tx tx, OrganisationId organisation, string? email)
    {
        await tx.Execute(
            """
            delete from accounts.session s using accounts.person p
            where p.id = s.person_id and p.organisation_id = @organisation and p.email is distinct from @email;
            delete from accounts.person where organisation_id = @organisation and email is distinct from @email
            """,
            new { organisation, email });
        await ApiKeys.Lock(tx, organisation);
        var former = await tx.Query<ApiKeyId>(
            "select id from accounts.api_key where bootstrap and revoked_at is null and secret_sha256 is distinct from @Hash",
            new { Hash = options.OperatorKey is null ? null : Account.Sha256(options.OperatorKey) });
        await ApiKeys.End(tx, former, ids.Now);
    }

    private async Task SavePerson(Tx tx, OrganisationId organisation, string email, string hash, bool unchanged)
    {
        // Only the operator's own person: the address of somebody else's account is not taken over.
        var saved = await tx.Execute(
            """
            insert into accounts.person as p (id, organisation_id, email, password_hash, created_at)
            values (@Id, @organisation, @email, @hash, @Now)
            on conflict (email) do update set password_hash = excluded.password_hash
            where p.organisation_id = excluded.organisation_id
            """,
            new { Id = ids.New<PersonId>(), organisation, email, hash, ids.Now });
        if (saved == 0)
        {
            throw new InvalidConfigurationException(
                "Tally:Accounts:OperatorEmail: another organisation signs in with this address, so nobody would operate. " +
                "Name another address; nothing was changed.");
        }

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
        var saved = await tx.Execute(
            """
            insert into accounts.api_key (id, organisation_id, name, secret_sha256, scopes, bootstrap, created_at)
            values (@Id, @organisation, 'From the configuration', @Hash, @Scopes, true, @Now)
            on conflict (secret_sha256) do update set revoked_at = null
            where api_key.bootstrap and api_key.organisation_id = excluded.organisation_id
            """,
            new { Hash = Account.Sha256(key), organisation, Id = ids.New<ApiKeyId>(), Scopes = Scope.All.ToArray(), ids.Now });
        if (saved == 0)
        {
            throw new InvalidConfigurationException(
                "Tally:Accounts:OperatorKey: this is the key of somebody else. Choose a new one; nothing was changed.");
        }
    }

    [LoggerMessage(1210, LogLevel.Warning,
        "Nobody can sign in as the operator: {Consequence}. Set Tally:Accounts:OperatorEmail and OperatorPassword and restart the server.")]
    private partial void LogNobody(string consequence);
}
