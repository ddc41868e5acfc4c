using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>
/// By what a chunk of charges is split: everybody's remainder, read locked and written back with the charges it belongs to, and
/// who of the payees is new.
/// </summary>
internal sealed class Parts(int newPayeeBasisPoints, IReadOnlySet<OrganisationId> newPayees)
{
    private readonly Dictionary<Currency, Dictionary<OrganisationId, Int128>> _known = [];
    private readonly HashSet<(Currency, OrganisationId)> _changed = [];

    public static async Task<Parts> Load(Tx tx, RunRow run, RoyaltiesOptions options, IReadOnlyCollection<OrganisationId> payees)
    {
        var rows = await tx.Query<Row>(
            """
            select participant, currency, numerator::text as numerator from royalties.remainder
            where participant = any(@Participants) order by participant, currency for update
            """,
            new { Participants = payees.Append(Remainder.Platform).Distinct().Select(p => p.Value).ToArray() });
        var parts = new Parts(options.NewPayeeHoldbackBasisPoints, await NewOf(tx, run, options, payees));
        foreach (var row in rows)
        {
            parts.Of(row.Currency)[row.Participant] = Int128.Parse(row.Numerator, CultureInfo.InvariantCulture);
        }

        return parts;
    }

    /// <summary>Splits a charge, and keeps what everybody's remainder is after it.</summary>
    /// <param name="buyer">
    /// Who pays. A share of theirs is held back like that of a new payee, however old, and when the work is their own all shares
    /// are, whoever the rule pays: who deals with themselves has no buyer whose complaint would be heard.
    /// </param>
    public ChargeSplit Split(
        Currency currency, long gross, int feeBasisPoints, EffectiveRule rule, OrganisationId buyer, OrganisationId creator)
    {
        var dealsWithThemselves = rule.Split.Shares.Select(s => s.Payee).Where(p => p == buyer || creator == buyer).ToList();
        var asNew = dealsWithThemselves.Count > 0 ? newPayees.Concat(dealsWithThemselves).ToHashSet() : newPayees;
        var holdback = new Holdback(rule.Rule.HoldbackBasisPoints, newPayeeBasisPoints, asNew);
        var split = ChargeSplit.Of(gross, feeBasisPoints, rule.Split, holdback, Of(currency));
        foreach (var (participant, numerator) in split.Remainders)
        {
            Of(currency)[participant] = numerator;
            _changed.Add((currency, participant));
        }

        return split;
    }

    public Task Save(Tx tx)
    {
        var changed = _changed.ToList();
        return tx.Execute(
            """
            insert into royalties.remainder (participant, currency, numerator)
            select p, c, n::numeric from unnest(@Participants, @Currencies, @Numerators) u (p, c, n)
            on conflict (participant, currency) do update set numerator = excluded.numerator
            """,
            new
            {
                Participants = changed.Select(c => c.Item2.Value).ToArray(),
                Currencies = changed.Select(c => c.Item1.Code).ToArray(),
                Numerators = changed.Select(c => Of(c.Item1)[c.Item2].ToString(CultureInfo.InvariantCulture)).ToArray(),
            });
    }

    private Dictionary<OrganisationId, Int128> Of(Currency currency)
    {
        if (!_known.TryGetValue(currency, out var known))
        {
            _known[currency] = known = [];
        }

        return known;
    }

    /// <summary>Those whose first earning is younger than the operator asks for, or has not been yet.</summary>
    private static async Task<IReadOnlySet<OrganisationId>> NewOf(
        Tx tx, RunRow run, RoyaltiesOptions options, IReadOnlyCollection<OrganisationId> payees)
    {
        if (options.NewPayeeHoldbackBasisPoints == 0)
        {
            return new HashSet<OrganisationId>();
        }

        var known = await tx.Query<OrganisationId>(
            "select payee from royalties.payee where payee = any(@Payees) and first_earned_at <= @Since",
            new { Payees = payees.Select(p => p.Value).ToArray(), Since = run.UpTo.AddDays(-options.NewPayeeForDays) });
        return payees.Except(known).ToHashSet();
    }

    private sealed record Row(OrganisationId Participant, Currency Currency, string Numerator);
}
