using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Payments;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>
/// What a creator gives back who takes a licence back that was paid once: not the buyer who ends their own, and not for what the
/// operator decides about a buyer who broke the terms.
/// </summary>
internal sealed class RefundRevoked(RevocationRefunds refunds, IEnumerable<LicenceUses> uses, TimeProvider clock)
{
    private const int BasisPoints = 10_000;

    /// <summary>What would be given back if the caller revoked it now; null when nothing would.</summary>
    public async Task<Money?> Quote(Tx tx, LicenceView licence, Caller caller) =>
        caller.Organisation == licence.Creator ? await Quote(tx, licence) : null;

    /// <summary>
    /// Whether its creator must wait: a bank, or a refund that is on its way, may still decide that nothing is given back. Then
    /// nobody could say what they owe, and they would keep the money of a licence that has ended. Locked until the transaction ends.
    /// </summary>
    public static async Task<bool> IsContested(Tx tx, LicenceView licence, Caller caller) =>
        caller.Organisation == licence.Creator && licence.Creator != licence.Buyer && licence.Status != LicenceStatus.Invalid &&
        licence.PurchaseId is { } purchase && await RevocationRefunds.IsContested(tx, purchase);

    /// <summary>Why its creator may not give so much back now without the operator; null when they may.</summary>
    public Task<string?> OverLimit(Tx tx, LicenceView licence, Money refund) => refunds.OverLimit(tx, licence.PurchaseId!.Value, refund.Minor);

    /// <summary>What its creator would give back.</summary>
    public async Task<Money?> Quote(Tx tx, LicenceView licence)
    {
        if (licence.Creator == licence.Buyer || licence.PurchaseId is not { } purchase || licence.Status == LicenceStatus.Invalid ||
            await RevocationRefunds.Paid(tx, purchase) is not { } paid)
        {
            return null;
        }

        var used = 0L;
        foreach (var counted in uses)
        {
            used += await counted.Used(tx, licence.LicenceId);
        }

        var days = (int)Math.Ceiling((licence.Expires - licence.NotBefore).TotalDays);
        var minor = RevocationRefund.Of(
            new RevokedLicence(paid.Minor, days, licence.Expires, licence.MaxUses, used), clock.GetUtcNow());
        // A card is refunded in the steps in which it is charged: up, for the buyer, but never more than was paid.
        var step = CardLimits.CanCharge(paid.Currency) ? CardLimits.Step(paid.Currency) : 1;
        minor = Math.Min(paid.Minor, (minor + step - 1) / step * step);
        return minor > 0 ? paid with { Minor = minor } : null;
    }

    /// <summary>What it would come from, and what is missing.</summary>
    public async Task<RevocationPlan> Plan(Tx tx, LicenceView licence, Money refund)
    {
        var percent = await tx.QueryOne<string>(
            "select royalty_percent from licensing.licence where id = @LicenceId", new { licence.LicenceId });
        var creators = decimal.Parse(percent!, CultureInfo.InvariantCulture) * 100;
        return await refunds.Plan(tx, licence.PurchaseId!.Value, refund.Minor, BasisPoints - (int)creators);
    }

    public Task Ask(Tx tx, RevocationPlan plan, MissingBearer bearer = MissingBearer.None) => refunds.Ask(tx, plan, bearer);
}
