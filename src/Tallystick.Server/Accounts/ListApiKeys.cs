using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>The organisation's API keys, without their secrets.</summary>
internal static class ListApiKeys
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/api-keys", Handle)
            .RequiresScope(Scope.AccountsWrite)
            .WithName("ListApiKeys").WithTags("Accounts")
            .WithSummary("Lists the organisation's API keys, newest first.")
            .Produces<Page<Row>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    private static async Task<IResult> Handle(
        [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken stop)
    {
        ApiKeyId before = default;
        var errors = page.Check(new()).Require(
            page.After is null || ApiKeyId.TryParse(page.After, null, out before), "after", "Not an API key id.");
        if (errors.Any)
        {
            return errors.ToRefusal().ToHttp();
        }

        var rows = await database.Query<Row>(
            """
            select id as api_key_id, parent_id as made_by, name, scopes, created_at, expires_at, revoked_at, to_char(last_used_on, 'YYYY-MM-DD') as last_used_on
            from accounts.api_key where organisation_id = @Organisation and (@First or id < @before)
            order by id desc limit @Limit
            """,
            new { caller.Organisation, First = page.After is null, before, Limit = page.Size + 1 },
            stop);
        return Results.Ok(Page<Row>.Of(rows, page.Size, r => r.ApiKeyId.ToString()));
    }

    internal sealed record Row(
        ApiKeyId ApiKeyId,
        ApiKeyId? MadeBy,
        string Name,
        string[] Scopes,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt,
        DateTimeOffset? RevokedAt,
        string? LastUsedOn);
}
