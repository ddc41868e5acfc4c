using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>Everybody's remainder while a chunk is charged: read locked, and written back with the charges it belongs to.</summary>
internal sealed class Remainders
{
    private readonly Dictionary<Currency, Dictionary<OrganisationId, Int128>> _known = [];
    private readonly HashSet<(Currency, OrganisationId)> _changed = [];

    public static async Task<Remainders> Load(Tx tx, IEnumerable<OrganisationId> payees)
    {
        var rows = await tx.Query<Row>(
            """
            select participant, currency, numerator::text as numerator from royalties.remainder
            where participant = any(@Participants) order by participant, currency for update
            """,
            new { Participants = payees.Append(Remainder.Platform).Distinct().Select(p => p.Value).ToArray() });
        var remainders = new Remainders();
        foreach (var row in rows)
        {
            remainders.Of(row.Currency)[row.Participant] = Int128.Parse(row.Numerator, CultureInfo.InvariantCulture);
        }

        return remainders;
    }

    /// <summary>Splits a charge, and keeps what everybody's remainder is after it.</summary>
    public ChargeSplit Split(Currency currency, long gross, int feeBasisPoints, EffectiveRule rule)
    {
        var split = ChargeSplit.Of(
            gross, feeBasisPoints, rule.Split, new Holdback(rule.Rule.HoldbackBasisPoints), Of(currency));
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

    private sealed record Row(OrganisationId Participant, Currency Currency, string Numerator);
}
