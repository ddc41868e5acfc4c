using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>A charge that was decided, with all that a statement line says.</summary>
/// <param name="SourceId">The licence or the purchase.</param>
/// <param name="Seals">PostgreSQL array text of the seals whose usage it bills.</param>
internal sealed record Charged(
    Guid SourceId, LicenceId? LicenceId, PurchaseId? PurchaseId, WorkId WorkId, string Title, OrganisationId Buyer,
    OrganisationId Creator, BuyerPseudonym? Pseudonym, int Meter, long Quantity, long Events, string Seals,
    Currency Currency, int FeeBasisPoints, ChargeSplit Split, long Uncollected, ExactAmount CarryBefore, ExactAmount CarryAfter,
    EffectiveRule Rule);

/// <summary>Charges and shares as rows, many at a time.</summary>
internal sealed class ChargeRows(Credit credit)
{
    internal sealed record KnownLicence(PurchaseId PurchaseId, LicenceId LicenceId, BuyerPseudonym Pseudonym);

    public async Task<Dictionary<PurchaseId, KnownLicence>> LicencesOf(Tx tx, IReadOnlyList<DuePurchase> due) =>
        (await tx.Query<KnownLicence>(
            "select purchase_id, licence_id, pseudonym from royalties.licence where purchase_id = any(@Ids)",
            new { Ids = due.Select(d => d.PurchaseId.Value).ToArray() })).ToDictionary(k => k.PurchaseId);

    public async Task Save(Tx tx, RunRow run, List<Charged> charges)
    {
        var ids = (await tx.Query<Saved>(InsertSql, new
        {
            run.Id,
            Sources = charges.Select(c => c.SourceId).ToArray(),
            Licences = charges.Select(c => c.LicenceId?.Value).ToArray(),
            Purchases = charges.Select(c => c.PurchaseId?.Value).ToArray(),
            Works = charges.Select(c => c.WorkId.Value).ToArray(),
            Titles = charges.Select(c => c.Title).ToArray(),
            Buyers = charges.Select(c => c.Buyer.Value).ToArray(),
            Creators = charges.Select(c => c.Creator.Value).ToArray(),
            Pseudonyms = charges.Select(c => c.Pseudonym?.Value).ToArray(),
            Meters = charges.Select(c => c.Meter).ToArray(),
            Quantities = charges.Select(c => c.Quantity).ToArray(),
            Events = charges.Select(c => c.Events).ToArray(),
            Seals = charges.Select(c => c.Seals).ToArray(),
            Gross = charges.Select(c => c.Split.Gross).ToArray(),
            Fees = charges.Select(c => c.Split.Fee).ToArray(),
            Roundings = charges.Select(c => c.Split.Rounding).ToArray(),
            FeeParts = charges.Select(c => c.FeeBasisPoints).ToArray(),
            Uncollected = charges.Select(c => c.Uncollected).ToArray(),
            Currencies = charges.Select(c => c.Currency.Code).ToArray(),
            Before = charges.Select(c => c.CarryBefore.ToString()).ToArray(),
            After = charges.Select(c => c.CarryAfter.ToString()).ToArray(),
            Versions = charges.Select(c => c.Rule.Version).ToArray(),
        })).ToDictionary(s => s.SourceId, s => s.Id);
        await SaveShares(tx, [.. charges.SelectMany(c => c.Split.Shares, (c, share) => (ids[c.SourceId], share))]);
        await Funding.Save(tx, [.. charges.Where(c => c.PurchaseId is null && c.Split.Gross > 0)
            .Select(c => (ids[c.SourceId], c.Buyer, c.Currency, c.Split.Gross))]);
        await SaveHoldbacks(tx, run, charges);
        await SaveUncollected(tx, run, charges);
        // What was drawn is no longer held: in this very transaction, so that it is never both.
        await credit.Settle(tx, [.. charges.Where(c => c.PurchaseId is null)
            .Select(c => new BilledUsage(c.LicenceId!.Value, (Meter)c.Meter, c.Quantity))]);
    }

    /// <summary>What the run earned each payee, in one sweep over its shares.</summary>
    public Task Aggregate(Tx tx, RunRow run) => tx.Execute(
        """
        insert into royalties.earning (run_id, payee, currency, minor, held_back)
        select c.run_id, s.payee, c.currency, sum(s.minor), sum(s.held_back)
        from royalties.charge c join royalties.share s on s.charge_id = c.id
        where c.run_id = @Id group by c.run_id, s.payee, c.currency
        """,
        new { run.Id });

    private static Task SaveShares(Tx tx, List<(long Charge, PayeeShare Share)> shares) => tx.Execute(
        """
        insert into royalties.share (charge_id, payee, weight, minor, held_back)
        select * from unnest(@Charges, @Payees, @Weights, @Minors, @Held)
        """,
        new
        {
            Charges = shares.Select(s => s.Charge).ToArray(),
            Payees = shares.Select(s => s.Share.Payee.Value).ToArray(),
            Weights = shares.Select(s => s.Share.Weight).ToArray(),
            Minors = shares.Select(s => s.Share.Minor).ToArray(),
            Held = shares.Select(s => s.Share.HeldBack).ToArray(),
        });

    private static async Task SaveHoldbacks(Tx tx, RunRow run, List<Charged> charges)
    {
        var held = charges
            .SelectMany(c => c.Split.Shares, (c, s) => (s.Payee, c.Currency, c.Rule.Rule.HoldbackDays, s.HeldBack))
            .Where(h => h.HeldBack > 0)
            .GroupBy(h => (h.Payee, h.Currency, h.HoldbackDays), h => h.HeldBack)
            .ToList();
        await tx.Execute(
            """
            insert into royalties.holdback (run_id, payee, currency, release_at, minor)
            select @Id, p, c, r, m from unnest(@Payees, @Currencies, @Releases, @Minors) u (p, c, r, m)
            on conflict (run_id, payee, currency, release_at) do update set minor = holdback.minor + excluded.minor
            """,
            new
            {
                run.Id,
                Payees = held.Select(h => h.Key.Payee.Value).ToArray(),
                Currencies = held.Select(h => h.Key.Currency.Code).ToArray(),
                Releases = held.Select(h => run.UpTo.AddDays(h.Key.HoldbackDays).UtcDateTime).ToArray(),
                Minors = held.Select(h => h.Sum()).ToArray(),
            });
    }

    private static async Task SaveUncollected(Tx tx, RunRow run, List<Charged> charges)
    {
        foreach (var charge in charges.Where(c => c.Uncollected > 0))
        {
            await tx.Execute(
                """
                insert into royalties.difference (run_id, kind, subject, detail)
                values (@Id, 'uncollected', @Subject, @Detail)
                """,
                new
                {
                    run.Id,
                    Subject = charge.LicenceId.ToString(),
                    Detail = $"{new Money(charge.Uncollected, charge.Currency)} were used and are not in the wallet; " +
                        "they are carried into the next run",
                });
        }
    }

    private const string InsertSql =
        """
        insert into royalties.charge (
          run_id, source_id, licence_id, purchase_id, work_id, title, buyer, creator, pseudonym, meter, quantity, events,
          seals, gross, fee, rounding, fee_basis_points, uncollected, currency, carry_before, carry_after, rule_version)
        select @Id, so, li, pu, wo, ti, bu, cr, ps, me, qu, ev, se::uuid[], gr, fe, ro, fp, un, cu, be, af, ve
        from unnest(
          @Sources, @Licences, @Purchases, @Works, @Titles, @Buyers, @Creators, @Pseudonyms, @Meters, @Quantities, @Events,
          @Seals, @Gross, @Fees, @Roundings, @FeeParts, @Uncollected, @Currencies, @Before, @After, @Versions)
          u (so, li, pu, wo, ti, bu, cr, ps, me, qu, ev, se, gr, fe, ro, fp, un, cu, be, af, ve)
        returning id, source_id
        """;

    private sealed record Saved(long Id, Guid SourceId);
}
