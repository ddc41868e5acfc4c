using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>How money of a purchase was taken back after it had been shared, for those who reckon who has borne what of it.</summary>
/// <param name="References">Of the entries by which those who had a share bore it, whether they were posted or not.</param>
/// <param name="Losses">Of its disputes: under these names the module that shares posts what they bear.</param>
internal sealed record SaleReturns(IReadOnlyList<string> References, IReadOnlyList<string> Losses)
{
    public static async Task<SaleReturns> Of(Tx tx, PurchaseId purchase)
    {
        var refunds = await tx.Query<string>("select id from payments.refund where checkout_id = @Value", new { purchase.Value });
        var disputes = await tx.Query<Lost>(
            "select id, losses from payments.dispute where checkout_id = @Value and losses > 0", new { purchase.Value });
        return new(
            [RefundPostings.RevocationReference(purchase), .. refunds.Select(UncoveredRefund.ReferenceOf)],
            [.. disputes.SelectMany(d => Enumerable.Range(1, d.Losses), (d, loss) => DisputeView.LossNameOf(d.Id, loss)!)]);
    }

    private sealed record Lost(string Id, int Losses);
}

/// <summary>A refund made in the gateway's dashboard of a purchase that had been shared: what nothing covered lies in suspense.</summary>
/// <param name="Minor">What lies there, in minor units.</param>
internal sealed record UncoveredRefund(string RefundId, PurchaseId PurchaseId, Currency Currency, long Minor)
{
    /// <summary>Under which it is posted who bears it.</summary>
    public string Reference => ReferenceOf(RefundId);

    public static string ReferenceOf(string refund) => $"refund/{refund}/borne";
}
