using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>A further API key, with no more scopes than the one who makes it has.</summary>
internal sealed class CreateApiKey(Database database, IdSource ids)
{
    private const int KeysMost = 100;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/api-keys", async (Request request, Caller caller, CreateApiKey slice, CancellationToken stop) =>
            (await slice.Handle(request, caller, stop)).ToHttp(
                made => Results.Created($"/v1/api-keys/{made.ApiKeyId}", made)))
            .RequiresScope(Scope.AccountsWrite)
            .WithName("CreateApiKey").WithTags("Accounts")
            .WithSummary("Makes an API key with the scopes named. The key is shown this once.")
            .Produces<Answer>(StatusCodes.Status201Created)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(409);

    private async Task<Outcome<Answer>> Handle(Request request, Caller caller, CancellationToken stop)
    {
        var now = ids.Now;
        var errors = new InputErrors()
            .Text("name", request.Name, Account.NameLengthMost)
            .Require(
                request.Scopes.Count is > 0 and <= 20 && request.Scopes.All(caller.Scopes.Contains),
                "scopes",
                "At least one, and only scopes that these credentials have.")
            .Require(request.ExpiresAt is null || request.ExpiresAt > now, "expires_at", "Must lie in the future.");
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        return await database.InTransaction<Outcome<Answer>>(
            async tx =>
            {
                // The organisation's row serialises its keys, so that the limit holds.
                await tx.Execute(
                    "select 1 from accounts.organisation where id = @Organisation for update", new { caller.Organisation });
                var live = await tx.QueryOne<int>(
                    "select count(*)::int from accounts.api_key where organisation_id = @Organisation and revoked_at is null",
                    new { caller.Organisation });
                if (live >= KeysMost)
                {
                    return AccountsProblems.TooManyApiKeys.With($"At most {KeysMost} keys are kept.");
                }

                var (id, secret) = (ids.New<ApiKeyId>(), Account.NewSecret(ApiKeys.Prefix));
                await tx.Execute(
                    """
                    insert into accounts.api_key (id, organisation_id, name, secret_sha256, scopes, created_at, expires_at)
                    values (@id, @Organisation, @Name, @Hash, @Scopes, @now, @ExpiresAt)
                    """,
                    new
                    {
                        id,
                        caller.Organisation,
                        request.Name,
                        Hash = Account.Sha256(secret),
                        Scopes = request.Scopes.Distinct(StringComparer.Ordinal).ToArray(),
                        now,
                        ExpiresAt = request.ExpiresAt?.ToUniversalTime(),
                    });
                return new Answer(id, secret);
            },
            stop);
    }

    internal sealed record Request(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null);

    internal sealed record Answer(ApiKeyId ApiKeyId, string ApiKey);
}
