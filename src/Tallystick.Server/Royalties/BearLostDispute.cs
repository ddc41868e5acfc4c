using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>A dispute about a purchase that had been shared is lost: those who got a share bear it, in proportion.</summary>
internal sealed class BearLostDispute(Books books, TimeProvider clock) : IEventHandler<DisputeClosed>
{
    public static string Name => "royalties.bear_lost_dispute";

    /// <summary>1 Only what was shared before it was lost. 2 Split the loss as the charge was split. 3 First from what is held back, then as debt.</summary>
    public async Task Handle(Tx tx, DisputeClosed occurred, CancellationToken stop)
    {
        // 1
        if (occurred.Uncovered.Minor == 0 || occurred.SharedIn is not { } run || occurred.PurchaseId is not { } purchase)
        {
            return;
        }

        var charge = await tx.QueryOne<Shared>(
            "select id, gross, fee from royalties.charge where run_id = @run and source_id = @Purchase",
            new { run, Purchase = purchase.Value });
        if (charge is null)
        {
            // The run has claimed it and not come to it yet: the event is tried again until it has.
            throw new InvalidOperationException($"{purchase} is not shared by {run} yet.");
        }

        // 2
        var shares = await tx.Query<Part>(
            "select payee, minor from royalties.share where charge_id = @Id order by payee", new { charge.Id });
        var currency = occurred.Amount.Currency;
        var parts = LargestRemainder.Split(
            Math.Min(occurred.Uncovered.Minor, charge.Gross), [charge.Fee, .. shares.Select(s => s.Minor)]);

        // 3
        var held = await books.LockBalances(
            tx, shares.Select(s => LedgerAccount.Of(AccountKind.Holdback, s.Payee, currency)));
        var lines = shares.Select((share, i) =>
        {
            var balance = Math.Max(0, -held[LedgerAccount.Of(AccountKind.Holdback, share.Payee, currency)]);
            var fromHoldback = Math.Min(parts[i + 1], balance);
            return (share.Payee, fromHoldback, parts[i + 1] - fromHoldback);
        }).ToList();
        await books.Post(
            tx, ChargePostings.SharedDisputeLost(occurred.DisputeId, currency, parts[0], lines, clock.GetUtcNow()));
    }

    private sealed record Shared(long Id, long Gross, long Fee);

    private sealed record Part(OrganisationId Payee, long Minor);
}
