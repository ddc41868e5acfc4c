using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Ends an API key at once. Repeating it changes nothing.</summary>
internal static class RevokeApiKey
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/v1/api-keys/{id}", Handle)
            .RequiresScope(Scope.AccountsWrite)
            .WithName("RevokeApiKey").WithTags("Accounts")
            .WithSummary("Revokes an API key.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<IResult> Handle(
        ApiKeyId id, Caller caller, Database database, TimeProvider clock, CancellationToken stop)
    {
        var found = await database.InTransaction(
            tx => tx.Execute(
                """
                update accounts.api_key set revoked_at = coalesce(revoked_at, @Now)
                where id = @id and organisation_id = @Organisation
                """,
                new { id, caller.Organisation, Now = clock.GetUtcNow() }),
            stop);
        return found == 1 ? Results.NoContent() : Problems.NotFound.With("No such API key.").ToHttp();
    }
}
