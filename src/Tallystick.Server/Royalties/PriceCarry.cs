using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>Whose rounding it is: the buyer's towards a creator, at a price.</summary>
internal readonly record struct CarryKey(
    OrganisationId Buyer, OrganisationId Creator, Currency Currency, int Meter, long PriceMinor, long Per);

/// <summary>What rounding leaves for the next line at this price.</summary>
/// <param name="LicenceId">Whose use left it.</param>
internal sealed record PriceCarry(CarryKey Key, LicenceId LicenceId, int RuleVersion, ExactAmount Carry)
{
    public static Task Save(Tx tx, IReadOnlyCollection<PriceCarry> carries) => tx.Execute(
        """
        insert into royalties.price_carry (
          buyer, creator, currency, meter, price_minor, per, licence_id, rule_version, numerator, denominator)
        select b, c, u, m, p, r, l, v, n::numeric, d
        from unnest(
          @Buyers, @Creators, @Currencies, @Meters, @Prices, @Pers, @Licences, @Versions, @Numerators, @Denominators)
          t (b, c, u, m, p, r, l, v, n, d)
        on conflict (buyer, creator, currency, meter, price_minor, per) do update set
          licence_id = excluded.licence_id, rule_version = excluded.rule_version,
          numerator = excluded.numerator, denominator = excluded.denominator
        """,
        new
        {
            Buyers = carries.Select(c => c.Key.Buyer.Value).ToArray(),
            Creators = carries.Select(c => c.Key.Creator.Value).ToArray(),
            Currencies = carries.Select(c => c.Key.Currency.Code).ToArray(),
            Meters = carries.Select(c => c.Key.Meter).ToArray(),
            Prices = carries.Select(c => c.Key.PriceMinor).ToArray(),
            Pers = carries.Select(c => c.Key.Per).ToArray(),
            Licences = carries.Select(c => c.LicenceId.Value).ToArray(),
            Versions = carries.Select(c => c.RuleVersion).ToArray(),
            Numerators = carries.Select(c => c.Carry.Numerator.ToString(CultureInfo.InvariantCulture)).ToArray(),
            Denominators = carries.Select(c => c.Carry.Denominator).ToArray(),
        });
}
