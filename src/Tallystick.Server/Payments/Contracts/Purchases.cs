using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A checkout as its buyer sees it: a purchase, or a top-up of the wallet.</summary>
/// <param name="State">creating, open, paid, refunding, refunded, expired, refused.</param>
internal sealed record CheckoutView(
    Guid Id, bool IsPurchase, WorkId? WorkId, string Title, Money Price, Money Refunded, string State, string? CheckoutUrl,
    DateTimeOffset CreatedAt, DateTimeOffset? PaidAt, DateTimeOffset? RefundUntil)
{
    public PurchaseId PurchaseId => new(Id);
}

/// <summary>Reads what a buyer paid or began to pay.</summary>
internal sealed class Purchases(Database database)
{
    private const string Select =
        """
        select id, kind = 'purchase' as is_purchase, work_id, title, gross, refunded, currency,
          case when state <> 'paid' then state when refunded = gross and gross > 0 then 'refunded'
            when refund_requested_at is not null then 'refunding' else 'paid' end as state,
          case when state = 'open' then checkout_url end as checkout_url, created_at, paid_at, refund_until
        from payments.checkout
        """;

    /// <summary>A buyer's purchases or top-ups, newest first, before an id (null to begin), one page.</summary>
    internal async Task<IReadOnlyList<CheckoutView>> OfBuyer(
        OrganisationId buyer, string kind, Guid? before, int most, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            $"{Select} where buyer = @buyer and kind = @kind and (@before::uuid is null or id < @before) order by id desc limit @most",
            new { buyer, kind, before, most },
            stop)).Select(View)];

    /// <summary>The checkout that a buyer opened with an idempotency key.</summary>
    public async Task<CheckoutView?> ByKey(OrganisationId buyer, string key, CancellationToken stop) =>
        await database.QueryOne<Row>(
            $"{Select} where buyer = @buyer and idempotency_key = @key order by id desc limit 1", new { buyer, key }, stop)
            is { } row ? View(row) : null;

    /// <summary>When a purchase was paid; null while it is not.</summary>
    public Task<DateTimeOffset?> PaidAt(PurchaseId purchase, CancellationToken stop) => database.QueryOne<DateTimeOffset?>(
        "select paid_at from payments.checkout where id = @Id and kind = 'purchase'", new { Id = purchase.Value }, stop);

    private static CheckoutView View(Row row) => new(
        row.Id, row.IsPurchase, row.WorkId, row.Title, new(row.Gross, row.Currency), new(row.Refunded, row.Currency),
        row.State, row.CheckoutUrl, row.CreatedAt, row.PaidAt, row.RefundUntil);

    private sealed record Row(
        Guid Id, bool IsPurchase, WorkId? WorkId, string Title, long Gross, long Refunded, Currency Currency, string State,
        string? CheckoutUrl, DateTimeOffset CreatedAt, DateTimeOffset? PaidAt, DateTimeOffset? RefundUntil);
}
