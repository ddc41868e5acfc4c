using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// A further API key, with no more scopes than the one who makes it has. What a key makes ends with that key at the latest:
/// otherwise one that was lent for a minute could make itself permanent. What a person makes lasts until it is revoked.
/// </summary>
internal sealed class CreateApiKey(Database database, IdSource ids)
{
    private const int KeysMost = 100;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/api-keys", async (Request request, Caller caller, CreateApiKey slice, CancellationToken stop) =>
            (await slice.Handle(request, caller, stop)).ToHttp(
                made => Results.Created($"/v1/api-keys/{made.ApiKeyId}", made)))
            .RequiresScope(Scope.AccountsWrite)
            .WithName("CreateApiKey").WithTags("Accounts")
            .WithSummary("Makes an API key with the scopes named; one made by a key ends with it. The key is shown this once.")
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
                await ApiKeys.Lock(tx, caller.Organisation);
                var parent = caller.Key is { } maker ? await Parent(tx, maker, now) : null;
                if (caller.Key is not null && parent is null)
                {
                    return Problems.Unauthenticated.With("The key that asked has ended meanwhile.");
                }

                if (request.ExpiresAt > parent?.ExpiresAt)
                {
                    return Problems.Invalid("expires_at", $"Not after {parent.ExpiresAt:O}, when the key that makes it ends.");
                }

                var live = await tx.QueryOne<int>(
                    """
                    select count(*)::int from accounts.api_key
                    where organisation_id = @Organisation and revoked_at is null and (expires_at is null or expires_at > @now)
                    """,
                    new { caller.Organisation, now });
                if (live >= KeysMost)
                {
                    return AccountsProblems.TooManyApiKeys.With($"At most {KeysMost} keys are kept.");
                }

                var (id, secret) = (ids.New<ApiKeyId>(), Account.NewSecret(ApiKeys.Prefix));
                var expires = (request.ExpiresAt ?? parent?.ExpiresAt)?.ToUniversalTime();
                await tx.Execute(
                    """
                    insert into accounts.api_key (id, organisation_id, parent_id, name, secret_sha256, scopes, created_at, expires_at)
                    values (@id, @Organisation, @Parent, @Name, @Hash, @Scopes, @now, @expires)
                    """,
                    new
                    {
                        id,
                        caller.Organisation,
                        Parent = caller.Key?.Value,
                        request.Name,
                        Hash = Account.Sha256(secret),
                        Scopes = request.Scopes.Distinct(StringComparer.Ordinal).ToArray(),
                        now,
                        expires,
                    });
                return new Answer(id, secret, expires);
            },
            stop);
    }

    private static Task<Maker?> Parent(Tx tx, ApiKeyId key, DateTimeOffset now) => tx.QueryOne<Maker>(
        """
        select expires_at from accounts.api_key
        where id = @key and revoked_at is null and (expires_at is null or expires_at > @now)
        """,
        new { key, now });

    private sealed record Maker(DateTimeOffset? ExpiresAt);

    internal sealed record Request(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null);

    internal sealed record Answer(ApiKeyId ApiKeyId, string ApiKey, DateTimeOffset? ExpiresAt);
}
