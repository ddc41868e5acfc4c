using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts.Contracts;

/// <summary>An organisation as others may see it.</summary>
internal sealed record OrganisationView(OrganisationId OrganisationId, string Name, string[] Roles);

/// <summary>Looks organisations up.</summary>
internal sealed class Organisations(Database database)
{
    public Task<OrganisationView?> Find(OrganisationId id, CancellationToken stop) => database.QueryOne<OrganisationView>(
        "select id as organisation_id, name, roles from accounts.organisation where id = @id", new { id }, stop);

    /// <summary>Those of <paramref name="ids"/> that exist.</summary>
    public Task<IReadOnlyList<OrganisationView>> FindAll(IReadOnlyCollection<OrganisationId> ids, CancellationToken stop) =>
        database.Query<OrganisationView>(
            "select id as organisation_id, name, roles from accounts.organisation where id = any(@Ids)",
            new { Ids = ids.Select(i => i.Value).ToArray() },
            stop);

    /// <summary>Whether an organisation has closed its account; until the transaction ends, it does not close it.</summary>
    public static Task<bool> IsClosed(Tx tx, OrganisationId id) => tx.QueryOne<bool>(
        "select closed_at is not null from accounts.organisation where id = @id for share", new { id });

    /// <summary>Those of <paramref name="ids"/> that have.</summary>
    public static async Task<HashSet<OrganisationId>> ClosedOf(Tx tx, IEnumerable<Guid> ids) => [.. await tx.Query<OrganisationId>(
        "select id from accounts.organisation where id = any(@Ids) and closed_at is not null", new { Ids = ids.ToArray() })];

    /// <summary>The operator of this installation, once there is one.</summary>
    public Task<OrganisationView?> Operator(CancellationToken stop) => database.QueryOne<OrganisationView>(
        "select id as organisation_id, name, roles from accounts.organisation where 'operator' = any(roles)", null, stop);
}
