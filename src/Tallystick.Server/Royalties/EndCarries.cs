using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Settles upwards what rounding left of prices under which no licence is left: 1 carries above nothing, 2 those whose
/// licences have all ended, 3 charged whole and shared as the use that left them.
/// </summary>
internal sealed class EndCarries(Database database, WalletDraws draws, ChargeRows rows) : IRunStep
{
    public string State => "settling";

    public Task Step(RunRow run, int most, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await run.Hold(tx);
            var some = await tx.Query<Carry>(CarriesSql, new { run.AfterId, most }); // 1
            if (some.Count == 0)
            {
                await run.MoveOn(tx, "sharing");
                return;
            }

            var ended = await Ended(tx, run, some); // 2
            var wallets = await draws.Lock(tx, [.. ended.Select(c => (c.Buyer, c.Currency))], []);
            var rules = await EffectiveRules.Of(tx, [.. ended.Select(c => (c.WorkId, c.Creator, c.RuleVersion))]);
            var parts = await rows.PartsOf(tx, run, rules.Values);
            var charges = new List<Charged>();
            foreach (var carry in ended)
            {
                var (wallet, rule) = (wallets[(carry.Buyer, carry.Currency)], rules[(carry.WorkId, carry.RuleVersion)]);
                var line = ChargeLine.End(carry.Left, wallet.ForCarry); // 3
                wallet.End(line.Charged, line.Uncollected);
                var fee = carry.FeeBasisPoints ?? run.FeeBasisPoints;
                charges.Add(new Charged(
                    carry.Id, 0, carry.LicenceId, null, carry.WorkId, carry.Title, carry.Buyer, carry.Creator, carry.Pseudonym,
                    carry.Meter, 0, 0, "{}", carry.Currency, fee,
                    parts.Split(carry.Currency, line.Charged, fee, rule, carry.Buyer, carry.Creator),
                    line.Uncollected, carry.Left, line.Carry, rule));
            }

            await rows.Save(tx, run, charges, parts);
            await tx.Execute(
                "delete from royalties.price_carry where id = any(@Ids)", new { Ids = ended.Select(c => c.Id).ToArray() });
            await run.After(tx, some[^1].Id);
        },
        stop);

    public async Task<FailedRow?> LeaveOut(Tx tx, RunRow run)
    {
        if (await tx.QueryOne<Guid?>(
            "select id from royalties.price_carry where id > @AfterId and numerator > 0 order by id limit 1",
            new { run.AfterId }) is not { } carry)
        {
            return null;
        }

        await run.After(tx, carry);
        return new FailedRow(LeftOut.Other, $"carry {carry}");
    }

    private static async Task<List<Carry>> Ended(Tx tx, RunRow run, IReadOnlyList<Carry> carries)
    {
        var licences = await tx.Query<Licence>(
            """
            select c.id, l.licence_id from royalties.price_carry c
            join royalties.licence l on l.buyer = c.buyer and l.creator = c.creator and l.price_minor = c.price_minor
              and l.currency = c.currency and l.meter = c.meter and l.per = c.per and l.purchase_id is null
            where c.id = any(@Ids)
            """,
            new { Ids = carries.Select(c => c.Id).ToArray() });
        var ended = (await GrantedLicences.Ended(tx, licences.Select(l => l.LicenceId), run.UpTo)).ToHashSet();
        var going = licences.Where(l => !ended.Contains(l.LicenceId)).Select(l => l.Id).ToHashSet();
        return [.. carries.Where(c => !going.Contains(c.Id))];
    }

    private const string CarriesSql =
        """
        select c.id, c.buyer, c.creator, c.currency, c.meter, c.licence_id, c.rule_version, c.numerator::text as numerator,
          c.denominator, l.work_id, l.title, l.pseudonym, l.fee_basis_points
        from royalties.price_carry c join royalties.licence l on l.licence_id = c.licence_id
        where c.id > @AfterId and c.numerator > 0 order by c.id limit @most
        """;

    private sealed record Licence(Guid Id, LicenceId LicenceId);

    private sealed record Carry(
        Guid Id, OrganisationId Buyer, OrganisationId Creator, Currency Currency, int Meter, LicenceId LicenceId,
        int RuleVersion, string Numerator, long Denominator, WorkId WorkId, string Title, BuyerPseudonym Pseudonym,
        int? FeeBasisPoints)
    {
        public ExactAmount Left => new(Int128.Parse(Numerator, CultureInfo.InvariantCulture), Denominator);
    }
}
