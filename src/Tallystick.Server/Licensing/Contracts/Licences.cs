using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Licensing.Contracts;

/// <summary>A licence as other modules see it.</summary>
internal sealed record LicenceView(
    LicenceId LicenceId,
    OfferId OfferId,
    WorkId WorkId,
    OrganisationId Buyer,
    OrganisationId Creator,
    BuyerPseudonym Pseudonym,
    PurchaseId? PurchaseId,
    DateTimeOffset NotBefore,
    DateTimeOffset Expires,
    long? MaxUses,
    LicenceStatus Status,
    string? StatusReason)
{
    /// <summary>Neither revoked nor suspended nor outside its time.</summary>
    public bool IsValidAt(DateTimeOffset now) => Status == LicenceStatus.Valid && NotBefore <= now && now < Expires;
}

/// <summary>Looks licences up.</summary>
internal sealed class Licences(Database database)
{
    private const string Select =
        """
        select id as licence_id, offer_id, work_id, buyer, creator, pseudonym, purchase_id, not_before, expires,
          max_uses, status::int as status, status_reason from licensing.licence
        """;

    public Task<LicenceView?> Find(LicenceId id, CancellationToken stop) =>
        database.QueryOne<LicenceView>($"{Select} where id = @id", new { id }, stop);

    /// <summary>As a transaction sees it.</summary>
    public static Task<LicenceView?> Find(Tx tx, LicenceId id) => tx.QueryOne<LicenceView>($"{Select} where id = @id", new { id });

    /// <summary>Those of these that there are.</summary>
    public static Task<IReadOnlyList<LicenceView>> Find(Tx tx, IReadOnlyCollection<LicenceId> ids) =>
        tx.Query<LicenceView>($"{Select} where id = any(@Ids)", new { Ids = ids.Select(i => i.Value).ToArray() });

    /// <summary>Licences of a buyer, newest first, before an id (null to begin), one page.</summary>
    public Task<IReadOnlyList<LicenceView>> OfBuyer(
        OrganisationId buyer, LicenceId? before, int most, CancellationToken stop) => database.Query<LicenceView>(
        $"{Select} where buyer = @buyer and (@Before::uuid is null or id < @Before) order by id desc limit @most",
        new { buyer, Before = before?.Value, most },
        stop);

    /// <summary>Licences that a creator granted, newest first, before an id (null to begin), one page.</summary>
    public Task<IReadOnlyList<LicenceView>> OfCreator(
        OrganisationId creator, LicenceId? before, int most, CancellationToken stop) => database.Query<LicenceView>(
        $"{Select} where creator = @creator and (@Before::uuid is null or id < @Before) order by id desc limit @most",
        new { creator, Before = before?.Value, most },
        stop);
}
