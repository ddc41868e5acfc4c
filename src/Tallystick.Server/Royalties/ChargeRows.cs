using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Core.Usage;
using Tallystick.Server.Access.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>A charge that was decided, with all that a statement line says.</summary>
/// <param name="SourceId">The licence, the purchase, or the carry that ended.</param>
/// <param name="Line">Which line of its source: the usage it bills, or, negative, what it collects; else 0.</param>
/// <param name="Seals">PostgreSQL array text of the seals whose usage it bills.</param>
internal sealed record Charged(
    Guid SourceId, long Line, LicenceId? LicenceId, PurchaseId? PurchaseId, WorkId WorkId, string Title, OrganisationId Buyer,
    OrganisationId Creator, BuyerPseudonym? Pseudonym, int Meter, long Quantity, long Events, string Seals,
    Currency Currency, int FeeBasisPoints, ChargeSplit Split, long Uncollected, ExactAmount CarryBefore, ExactAmount CarryAfter,
    EffectiveRule Rule)
{
    /// <summary>The last part of its posting's name.</summary>
    public string LineName => Line switch
    {
        0 => "carry",
        < 0 => string.Create(CultureInfo.InvariantCulture, $"owed-{-Line}"),
        _ => Line.ToString(CultureInfo.InvariantCulture),
    };
}

/// <summary>Charges and shares: posted, and kept as rows, many at a time.</summary>
internal sealed class ChargeRows(Books books, Credit credit, RoyaltiesOptions options, TimeProvider clock)
{
    public Task<Parts> PartsOf(Tx tx, RunRow run, IEnumerable<EffectiveRule> rules) => Parts.Load(
        tx, run, options, [.. rules.SelectMany(r => r.Split.Shares).Select(s => s.Payee).Distinct()]);

    public async Task Save(Tx tx, RunRow run, List<Charged> charges, Parts parts)
    {
        var now = clock.GetUtcNow();
        await parts.Save(tx);
        await books.PostAll(tx, [.. charges.Where(c => c.Split.Gross > 0).Select(c => c.PurchaseId is { } purchase
            ? ChargePostings.Purchase(run.Id, purchase, c.Currency, c.Split, now)
            : ChargePostings.Usage(run.Id, c.LicenceId!.Value, c.LineName, c.Buyer, c.Currency, c.Split, now))]);
        var ids = (await tx.Query<Saved>(InsertSql, new
        {
            run.Id,
            Sources = charges.Select(c => c.SourceId).ToArray(),
            Lines = charges.Select(c => c.Line).ToArray(),
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
        })).ToDictionary(s => (s.SourceId, s.Line), s => s.Id);
        await SaveShares(tx, [.. charges.SelectMany(c => c.Split.Shares, (c, share) => (
            ids[(c.SourceId, c.Line)], share,
            share.HeldAsNew > 0 ? AsNewUntil(run, c.Rule) : (DateTimeOffset?)null,
            share.HeldBack > share.HeldAsNew ? ByRuleUntil(run, c.Rule) : (DateTimeOffset?)null))]);
        await Funding.Save(tx, [.. charges.Where(c => c.PurchaseId is null && c.Split.Gross > 0)
            .Select(c => (ids[(c.SourceId, c.Line)], c.Buyer, c.Currency, c.Split.Gross))]);
        await SaveHoldbacks(tx, run, charges);
        await SaveUncollected(tx, run, [.. charges.Where(c => c.Uncollected > 0).Select(c => (ids[(c.SourceId, c.Line)], c))]);
        // What was drawn is no longer held: in this very transaction, so that it is never both.
        await credit.Settle(tx, [.. charges.Where(c => c.PurchaseId is null && c.Quantity > 0)
            .GroupBy(c => (c.LicenceId!.Value, c.Meter), c => c.Quantity)
            .Select(c => new BilledUsage(c.Key.Value, (Meter)c.Key.Meter, c.Sum()))]);
    }

    /// <summary>What the run earned each payee, in one sweep over its shares.</summary>
    public Task Aggregate(Tx tx, RunRow run) => tx.Execute(
        """
        insert into royalties.earning (run_id, payee, currency, minor, held_back)
        select c.run_id, s.payee, c.currency, sum(s.minor), sum(s.held_back)
        from royalties.charge c join royalties.share s on s.charge_id = c.id
        where c.run_id = @Id group by c.run_id, s.payee, c.currency;
        insert into royalties.payee (payee, first_earned_at)
        select distinct payee, @UpTo from royalties.earning where run_id = @Id and minor > 0
        on conflict (payee) do nothing
        """,
        new { run.Id, run.UpTo });

    private DateTimeOffset AsNewUntil(RunRow run, EffectiveRule rule) =>
        run.UpTo.AddDays(Math.Max(rule.Rule.HoldbackDays, options.NewPayeeHoldbackDays));

    private static DateTimeOffset ByRuleUntil(RunRow run, EffectiveRule rule) => run.UpTo.AddDays(rule.Rule.HoldbackDays);

    private static Task SaveShares(
        Tx tx, List<(long Charge, PayeeShare Share, DateTimeOffset? AsNewUntil, DateTimeOffset? ByRuleUntil)> shares) => tx.Execute(
        """
        insert into royalties.share (charge_id, payee, weight, minor, held_back, held_as_new, as_new_until, by_rule_until)
        select * from unnest(@Charges, @Payees, @Weights, @Minors, @Held, @AsNew, @Untils, @RuleUntils)
        """,
        new
        {
            Charges = shares.Select(s => s.Charge).ToArray(),
            Payees = shares.Select(s => s.Share.Payee.Value).ToArray(),
            Weights = shares.Select(s => s.Share.Weight).ToArray(),
            Minors = shares.Select(s => s.Share.Minor).ToArray(),
            Held = shares.Select(s => s.Share.HeldBack).ToArray(),
            AsNew = shares.Select(s => s.Share.HeldAsNew).ToArray(),
            Untils = shares.Select(s => s.AsNewUntil?.UtcDateTime).ToArray(),
            RuleUntils = shares.Select(s => s.ByRuleUntil?.UtcDateTime).ToArray(),
        });

    /// <summary>What is held back, by when it is released: the operator's part of a new payee's share, and the rule's.</summary>
    private async Task SaveHoldbacks(Tx tx, RunRow run, List<Charged> charges)
    {
        var held = charges
            .SelectMany(c => c.Split.Shares.SelectMany(s => new[]
            {
                (s.Payee, c.Currency, Release: AsNewUntil(run, c.Rule), Minor: s.HeldAsNew),
                (s.Payee, c.Currency, Release: ByRuleUntil(run, c.Rule), Minor: s.HeldBack - s.HeldAsNew),
            }))
            .Where(h => h.Minor > 0)
            .GroupBy(h => (h.Payee, h.Currency, h.Release), h => h.Minor)
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
                Releases = held.Select(h => h.Key.Release.UtcDateTime).ToArray(),
                Minors = held.Select(h => h.Sum()).ToArray(),
            });
    }

    /// <summary>What the wallets lacked is owed, and said in the run's result.</summary>
    private static Task SaveUncollected(Tx tx, RunRow run, List<(long Charge, Charged Line)> lines) => tx.Execute(
        """
        insert into royalties.owed (charge_id, buyer, currency, minor) select * from unnest(@Charges, @Buyers, @Currencies, @Minors);
        insert into royalties.difference (run_id, kind, subject, detail)
        select @Id, 'uncollected', s, string_agg(d, ', ') || ' were used and are not in the wallet; they are owed, and collected by a later run'
        from unnest(@Subjects, @Details) u (s, d) group by s
        on conflict (run_id, kind, subject) do update set detail = difference.detail || '; ' || excluded.detail
        """,
        new
        {
            run.Id,
            Charges = lines.Select(l => l.Charge).ToArray(),
            Buyers = lines.Select(l => l.Line.Buyer.Value).ToArray(),
            Currencies = lines.Select(l => l.Line.Currency.Code).ToArray(),
            Minors = lines.Select(l => l.Line.Uncollected).ToArray(),
            Subjects = lines.Select(l => l.Line.LicenceId.ToString()!).ToArray(),
            Details = lines.Select(l => new Money(l.Line.Uncollected, l.Line.Currency).ToString()).ToArray(),
        });

    private const string InsertSql =
        """
        insert into royalties.charge (
          run_id, source_id, line, licence_id, purchase_id, work_id, title, buyer, creator, pseudonym, meter, quantity, events,
          seals, gross, fee, rounding, fee_basis_points, uncollected, currency, carry_before, carry_after, rule_version)
        select @Id, so, ln, li, pu, wo, ti, bu, cr, ps, me, qu, ev, se::uuid[], gr, fe, ro, fp, un, cu, be, af, ve
        from unnest(
          @Sources, @Lines, @Licences, @Purchases, @Works, @Titles, @Buyers, @Creators, @Pseudonyms, @Meters, @Quantities, @Events,
          @Seals, @Gross, @Fees, @Roundings, @FeeParts, @Uncollected, @Currencies, @Before, @After, @Versions)
          u (so, ln, li, pu, wo, ti, bu, cr, ps, me, qu, ev, se, gr, fe, ro, fp, un, cu, be, af, ve)
        returning id, source_id, line
        """;

    private sealed record Saved(long Id, Guid SourceId, long Line);
}
