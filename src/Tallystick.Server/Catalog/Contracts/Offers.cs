using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog.Contracts;

/// <summary>An offer as other modules see it.</summary>
/// <param name="OnSale">False once withdrawn: what was sold goes on.</param>
internal sealed record OfferView(
    OfferId OfferId,
    WorkId WorkId,
    string Title,
    OrganisationId Creator,
    Price Price,
    Terms Terms,
    string Hash,
    string Summary,
    bool OnSale);

/// <summary>Looks offers up.</summary>
internal sealed class Offers(Database database)
{
    private const string Select =
        """
        select o.id as offer_id, o.work_id, w.title, o.creator, o.price, o.terms, o.hash, o.summary,
          o.withdrawn_at is null as on_sale
        from catalog.offer o join catalog.work w on w.id = o.work_id
        """;

    public async Task<OfferView?> Find(OfferId id, CancellationToken stop) =>
        View(await database.QueryOne<Row>($"{Select} where o.id = @id", new { id }, stop));

    /// <summary>As a transaction sees it.</summary>
    public async Task<OfferView?> Find(Tx tx, OfferId id) => View(await tx.QueryOne<Row>($"{Select} where o.id = @id", new { id }));

    /// <summary>All that can be bought of a work, oldest first.</summary>
    public async Task<IReadOnlyList<OfferView>> OnSale(WorkId work, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            $"{Select} where o.work_id = @work and o.withdrawn_at is null order by o.id limit 200", new { work }, stop))
            .Select(r => View(r)!)];

    /// <summary>Offers of a work after one, also withdrawn ones when the owner asks.</summary>
    public async Task<IReadOnlyList<OfferView>> Page(
        WorkId work, bool alsoWithdrawn, OfferId after, int most, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            $"{Select} where o.work_id = @work and (@alsoWithdrawn or o.withdrawn_at is null) and o.id > @after order by o.id limit @most",
            new { work, alsoWithdrawn, after, most },
            stop)).Select(r => View(r)!)];

    private static OfferView? View(Row? row) => row is null ? null : new(
        row.OfferId,
        row.WorkId,
        row.Title,
        row.Creator,
        SqlTypes.FromJson<Price>(row.Price),
        SqlTypes.FromJson<Terms>(row.Terms),
        row.Hash,
        row.Summary,
        row.OnSale);

    private sealed record Row(
        OfferId OfferId,
        WorkId WorkId,
        string Title,
        OrganisationId Creator,
        JsonNode Price,
        JsonNode Terms,
        string Hash,
        string Summary,
        bool OnSale);
}
