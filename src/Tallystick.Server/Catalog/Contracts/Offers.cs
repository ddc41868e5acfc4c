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

    /// <summary>Those of some that are there.</summary>
    public async Task<IReadOnlyList<OfferView>> FindAll(IReadOnlyCollection<OfferId> ids, CancellationToken stop) =>
        [.. (await database.Query<Row>($"{Select} where o.id = any(@Ids)", new { Ids = ids.Select(i => i.Value).ToArray() }, stop))
            .Select(r => View(r)!)];

    /// <summary>As a transaction sees it.</summary>
    public async Task<OfferView?> Find(Tx tx, OfferId id) => View(await tx.QueryOne<Row>($"{Select} where o.id = @id", new { id }));

    /// <summary>Offers of a work, newest first, before one (null to begin); also withdrawn ones when the owner asks.</summary>
    public async Task<IReadOnlyList<OfferView>> Page(
        WorkId work, bool alsoWithdrawn, OfferId? before, int most, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            $"""
            {Select} where o.work_id = @work {(alsoWithdrawn ? "" : "and o.withdrawn_at is null")}
              and (@Before::uuid is null or o.id < @Before) order by o.id desc limit @most
            """,
            new { work, Before = before?.Value, most },
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
