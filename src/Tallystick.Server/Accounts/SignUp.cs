using Npgsql;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>A new organisation with its first person and its first API key.</summary>
internal sealed class SignUp(
    Database database, Passwords passwords, Emails emails, AttemptLimits limits, AccountsOptions options, IdSource ids)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/organisations", async (Request request, SignUp signUp, HttpContext context, CancellationToken stop) =>
            (await signUp.Handle(request, context, stop)).ToHttp(
                made => Results.Created("/v1/organisations/me", made)))
            .AllowAnonymous()
            .WithName("SignUp").WithTags("Accounts")
            .WithSummary("Signs an organisation up: creator, buyer or both. The API key is shown this once.")
            .Produces<Answer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(429);

    public async Task<Outcome<Answer>> Handle(Request request, HttpContext context, CancellationToken stop)
    {
        var email = await emails.Normal(request.Email, stop);
        var errors = Check(request).Require(
            email is not null, "email", "Not an e-mail address, or one with characters that can be taken for others.");
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        if (await limits.Count(
            new("sign-up", NetworkAddress.Of(context)), options.SignUpsPerAddress, TimeSpan.FromHours(1), stop) is { } refusal)
        {
            return refusal;
        }

        var hash = await passwords.Hash(request.Password, stop);
        try
        {
            return await database.InTransaction(tx => Save(tx, request, email!, hash), stop);
        }
        catch (PostgresException taken) when (taken.ConstraintName == "person_email_key")
        {
            return AccountsProblems.EmailInUse.With("The e-mail address is in use.");
        }
    }

    private static InputErrors Check(Request request) => new InputErrors()
        .Text("name", request.Name, Account.NameLengthMost)
        .Text("password", request.Password, Account.PasswordLengthMost, Account.PasswordLengthLeast)
        .Require(
            request.Roles.Count is 1 or 2 && request.Roles.All(r => r is Role.Creator or Role.Buyer) &&
            request.Roles.Distinct(StringComparer.Ordinal).Count() == request.Roles.Count,
            "roles",
            "One or both of creator and buyer.");

    private async Task<Answer> Save(Tx tx, Request request, string email, string passwordHash)
    {
        var now = ids.Now;
        var secret = Account.NewSecret(ApiKeys.Prefix);
        var (organisation, person, key) = (
            ids.New<OrganisationId>(), ids.New<PersonId>(), ids.New<ApiKeyId>());
        await tx.Execute(
            """
            insert into accounts.organisation (id, name, roles, created_at) values (@organisation, @Name, @Roles, @now);
            insert into accounts.person (id, organisation_id, email, password_hash, created_at)
            values (@person, @organisation, @email, @passwordHash, @now);
            insert into accounts.api_key (id, organisation_id, name, secret_sha256, scopes, created_at)
            values (@key, @organisation, 'First key', @Hash, @Scopes, @now)
            """,
            new
            {
                organisation,
                person,
                key,
                now,
                passwordHash,
                Name = request.Name.Trim(),
                email,
                Roles = request.Roles.ToArray(),
                Hash = Account.Sha256(secret),
                Scopes = Account.ScopesOf(request.Roles.ToArray()).ToArray(),
            });
        return new(organisation, person, key, secret);
    }

    /// <summary>What a sign-up takes.</summary>
    internal sealed record Request(string Name, string Email, string Password, IReadOnlyList<string> Roles);

    /// <summary>What it gives; the secret is not stored and never shown again.</summary>
    internal sealed record Answer(OrganisationId OrganisationId, PersonId PersonId, ApiKeyId ApiKeyId, string ApiKey);
}
