using Tallystick.Core.Amounts;

namespace Tallystick.Client;

/// <summary>One licence that could be used, and the offer it was granted under.</summary>
public sealed record HeldLicence(Licence Licence, OfferView Offer)
{
    /// <summary>True when using it is charged to nobody: it is free, or was paid once.</summary>
    public bool CostsNothingMore => Offer.Price.CostsNothingMore;
}

/// <summary>
/// Which of several licences of one work is used when nobody says: one that costs nothing more, else one that a wallet with
/// money in it pays for. Of several that are as good, the newest; of several with the same unit and currency, the cheapest.
/// </summary>
public static class LicenceChoice
{
    /// <summary>The best of <paramref name="held"/>, which begin with the newest.</summary>
    /// <param name="held">At least one.</param>
    /// <param name="hasMoney">Whether the holder's wallet in a currency has anything available; asked only if it decides.</param>
    public static async Task<HeldLicence> Best(IReadOnlyList<HeldLicence> held, Func<Currency, Task<bool>> hasMoney)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(hasMoney);
        // One whose uses are counted may have none left.
        if ((held.FirstOrDefault(h => h.CostsNothingMore && h.Licence.MaxUses is null) ??
            held.FirstOrDefault(h => h.CostsNothingMore)) is { } unpaid)
        {
            return unpaid;
        }

        var first = await Covered(held, hasMoney) ?? held[0];
        return held.Where(h => IsComparable(h.Offer.Price, first.Offer.Price))
            .Aggregate((least, next) => IsCheaper(next.Offer.Price, least.Offer.Price) ? next : least);
    }

    private static async Task<HeldLicence?> Covered(IReadOnlyList<HeldLicence> held, Func<Currency, Task<bool>> hasMoney)
    {
        Currency[] currencies = [.. held.Select(h => h.Offer.Price.Amount.Currency).Distinct()];
        foreach (var currency in currencies.Length == 1 ? [] : currencies)
        {
            if (await hasMoney(currency))
            {
                return held.First(h => h.Offer.Price.Amount.Currency == currency);
            }
        }

        return null;
    }

    private static bool IsComparable(PriceView one, PriceView other) =>
        (one.Meter, one.Amount.Currency) == (other.Meter, other.Amount.Currency);

    private static bool IsCheaper(PriceView one, PriceView other) =>
        (Int128)one.Amount.Minor * other.Per < (Int128)other.Amount.Minor * one.Per;
}
