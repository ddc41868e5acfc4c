using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Ends an API key and all that it made, at once. Repeating it changes nothing.</summary>
internal static class RevokeApiKey
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/v1/api-keys/{id}", Handle)
            .RequiresScope(Scope.AccountsWrite)
            .WithName("RevokeApiKey").WithTags("Accounts")
            .WithSummary("Revokes an API key, and with it the keys that it made.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<IResult> Handle(
        ApiKeyId id, Caller caller, Database database, TimeProvider clock, CancellationToken stop)
    {
        var found = await database.InTransaction(
            async tx =>
            {
                await ApiKeys.Lock(tx, caller.Organisation);
                var own = await tx.Query<ApiKeyId>(
                    "select id from accounts.api_key where id = @id and organisation_id = @Organisation",
                    new { id, caller.Organisation });
                return await ApiKeys.End(tx, own, clock.GetUtcNow());
            },
            stop);
        return found > 0 ? Results.NoContent() : Problems.NotFound.With("No such API key.").ToHttp();
    }
}
