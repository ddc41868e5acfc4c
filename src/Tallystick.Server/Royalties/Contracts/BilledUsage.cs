using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties.Contracts;

/// <summary>One payee's part of a charge, and the payout that pays it once it is queued.</summary>
internal sealed record BilledShare(OrganisationId Payee, Money Amount, Money HeldBack, PayoutId? PayoutId);

/// <summary>What became of usage that was sealed: the second half of a request's trace.</summary>
internal sealed record BilledCharge(
    BillingRunId BillingRunId, LicenceId LicenceId, string Meter, long Quantity, Money Gross, Money Fee, int RuleVersion,
    IReadOnlyList<BilledShare> Shares);

internal sealed class BilledUsage(Database database)
{
    private const string Select =
        "select id, run_id, meter, quantity, gross, fee, currency, rule_version from royalties.charge";

    /// <summary>
    /// The charges that billed a licence's usage in a seal, of what happened under one version of the rule: the line itself,
    /// then those that collected what the wallet lacked. Empty when it is not billed (yet).
    /// </summary>
    public Task<IReadOnlyList<BilledCharge>> Find(SealId seal, LicenceId licence, int ruleVersion, CancellationToken stop) =>
        // A line of an older version of the server billed all of it by one rule.
        Find(
            licence,
            $"{Select} where licence_id = @licence and @Seal = any(seals) and (line = 0 or rule_version = @ruleVersion) order by id",
            new { licence, Seal = seal.Value, ruleVersion },
            stop);

    /// <summary>The charge that shared a purchase; null while its refund window is open.</summary>
    public async Task<BilledCharge?> Find(PurchaseId purchase, LicenceId licence, CancellationToken stop) =>
        await Find(licence, $"{Select} where purchase_id = @purchase order by id", new { purchase }, stop) is [var first, ..]
            ? first
            : null;

    private async Task<IReadOnlyList<BilledCharge>> Find(LicenceId licence, string sql, object arguments, CancellationToken stop)
    {
        var charges = new List<BilledCharge>();
        foreach (var charge in await database.Query<ChargeRow>(sql, arguments, stop))
        {
            charges.Add(await WithShares(charge, licence, stop));
        }

        return charges;
    }

    private async Task<BilledCharge> WithShares(ChargeRow charge, LicenceId licence, CancellationToken stop)
    {
        var shares = await database.Query<ShareRow>(
            """
            select s.payee, s.minor, s.held_back, e.payout_id from royalties.share s
            left join royalties.earning e on e.run_id = @RunId and e.payee = s.payee and e.currency = @Currency
            where s.charge_id = @Id order by s.payee
            """,
            charge,
            stop);
        return new BilledCharge(
            charge.RunId, licence, StatementLines.MeterName((Core.Usage.Meter)charge.Meter), charge.Quantity,
            new Money(charge.Gross, charge.Currency), new Money(charge.Fee, charge.Currency), charge.RuleVersion,
            [.. shares.Select(s => new BilledShare(
                s.Payee, new Money(s.Minor, charge.Currency), new Money(s.HeldBack, charge.Currency), s.PayoutId))]);
    }

    private sealed record ChargeRow(
        long Id, BillingRunId RunId, int Meter, long Quantity, long Gross, long Fee, Currency Currency, int RuleVersion);

    private sealed record ShareRow(OrganisationId Payee, long Minor, long HeldBack, PayoutId? PayoutId);
}
