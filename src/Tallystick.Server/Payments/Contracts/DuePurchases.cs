using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>A purchase whose refund window has ended.</summary>
/// <param name="Minor">What is deferred of the price, in minor units.</param>
internal sealed record DuePurchase(
    PurchaseId PurchaseId, OrganisationId Buyer, OrganisationId Creator, WorkId WorkId, string Title, long Minor,
    Currency Currency, DateTimeOffset PaidAt);

/// <summary>One-off prices that can be shared: paid, past the refund window, and contested by nobody.</summary>
internal sealed class DuePurchases(Books books)
{
    /// <summary>
    /// Gives every purchase that is due at the cut to this run: from then on it can be neither refunded nor given to
    /// another run. Idempotent.
    /// </summary>
    public Task<int> Claim(Tx tx, BillingRunId run, DateTimeOffset cut) => tx.Execute(
        """
        update payments.checkout set shared_in = @run
        where kind = 'purchase' and state = 'paid' and shared_in is null and refund_until < @cut
          and refund_requested_at is null and disputed = 0 and gross - refunded - lost > 0
        """,
        new { run, cut });

    /// <summary>Takes one back from the run that could not share it: the next run claims it again.</summary>
    public Task<int> Release(Tx tx, BillingRunId run, PurchaseId purchase) => tx.Execute(
        "update payments.checkout set shared_in = null where id = @Id and shared_in = @run",
        new { Id = purchase.Value, run });

    /// <summary>The id of the run's next purchase, whatever else of it can be read; null after the last.</summary>
    public Task<Guid?> Next(Tx tx, BillingRunId run, PurchaseId after) => tx.QueryOne<Guid?>(
        "select id from payments.checkout where shared_in = @run and id > @After order by id limit 1",
        new { run, After = after.Value });

    /// <summary>
    /// The run's purchases in order of id, after one, a page. Locked: until the transaction ends nothing is refunded of them
    /// and no dispute about them is decided. What there is to share is what is deferred: what an earlier run has shared, what was
    /// refunded and what was lost has left it.
    /// </summary>
    public async Task<IReadOnlyList<DuePurchase>> Of(Tx tx, BillingRunId run, PurchaseId after, int most)
    {
        var due = await tx.Query<DuePurchase>(
            """
            select id as purchase_id, buyer, creator, work_id, title, 0::bigint as minor, currency, paid_at
            from payments.checkout where shared_in = @run and id > @After order by id limit @most for no key update
            """,
            new { run, After = after.Value, most });
        var held = await books.LockBalances(tx, due.Select(d => LedgerAccount.Deferred(d.PurchaseId, d.Currency)));
        return [.. due.Select(d => d with { Minor = -held[LedgerAccount.Deferred(d.PurchaseId, d.Currency)] })];
    }
}
