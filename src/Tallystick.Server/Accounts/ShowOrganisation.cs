using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Who the caller is.</summary>
internal static class ShowOrganisation
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/organisations/me", Handle)
            .WithName("ShowOrganisation").WithTags("Accounts")
            .WithSummary("The organisation of these credentials, and what they may do.")
            .Produces<Answer>().ProducesProblem(401);

    private static async Task<IResult> Handle(Caller caller, Database database, CancellationToken stop)
    {
        var row = await database.QueryOne<Row>(
            "select id, name, roles, created_at from accounts.organisation where id = @Organisation",
            new { caller.Organisation },
            stop);
        return Results.Ok(new Answer(row!.Id, row.Name, row.Roles, [.. caller.Scopes.Order(StringComparer.Ordinal)], row.CreatedAt));
    }

    private sealed record Row(OrganisationId Id, string Name, string[] Roles, DateTimeOffset CreatedAt);

    internal sealed record Answer(
        OrganisationId OrganisationId, string Name, string[] Roles, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt);
}
