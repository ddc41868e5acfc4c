using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Royalties.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>Who may see what became of a licence's use.</summary>
internal sealed class TraceReaders(Database database, Purchases purchases)
{
    /// <summary>
    /// Of these licences, the ones whose use the caller may see: as its buyer, as the work's creator, or as a payee of
    /// what was charged; and while nothing is charged, of the rule that will share it: that of the moment of each use, or of the
    /// sale that pays for all of them. A rule that took over later has no part in it.
    /// </summary>
    public async Task<IEnumerable<LicenceId>> Of(
        IReadOnlyList<TracedLicence> licences, ILookup<LicenceId, DateTimeOffset> used, ILookup<LicenceId, BilledCharge> charges,
        Caller caller, CancellationToken stop)
    {
        if (caller.IsOperator)
        {
            return licences.Select(l => l.LicenceId);
        }

        var mine = new List<LicenceId>();
        foreach (var licence in licences)
        {
            if (licence.Buyer == caller.Organisation || licence.Creator == caller.Organisation ||
                (charges.Contains(licence.LicenceId)
                    ? charges[licence.LicenceId].Any(c => c.Shares.Any(s => s.Payee == caller.Organisation))
                    : await WillShare(licence, used[licence.LicenceId], caller.Organisation, stop)))
            {
                mine.Add(licence.LicenceId);
            }
        }

        return mine;
    }

    private async Task<bool> WillShare(
        TracedLicence licence, IEnumerable<DateTimeOffset> used, OrganisationId payee, CancellationToken stop)
    {
        List<DateTimeOffset> moments = licence.PurchaseId is not { } purchase ? [.. used.Distinct()]
            : await purchases.PaidAt(purchase, stop) is { } paid ? [paid] : [];
        return await database.InTransaction(
            async tx =>
            {
                var versions = await EffectiveRules.VersionsAt(tx, [.. moments.Select(m => (licence.WorkId, m))]);
                var rules = await EffectiveRules.Of(tx, [.. versions.Values.Select(v => (licence.WorkId, licence.Creator, v))]);
                return rules.Values.Any(r => r.Split.Shares.Any(s => s.Payee == payee));
            },
            stop);
    }
}
