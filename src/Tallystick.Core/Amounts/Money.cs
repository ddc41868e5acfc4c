using System.Globalization;
using System.Text.Json.Serialization;

namespace Tallystick.Core.Amounts;

/// <summary>An amount of money in whole minor units (cents, drops). May be negative: a posting has a side.</summary>
/// <param name="Minor">Minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">Whose units these are.</param>
// Named to the serializer, which makes a structure by default and then asks for none of its members: an amount without a
// currency would be read as one, and a price without its amount as free.
[method: JsonConstructor]
public readonly record struct Money(long Minor, Currency Currency)
{
    /// <summary>Nothing, in a currency.</summary>
    public static Money Zero(Currency currency) => new(0, currency);

    /// <summary>Sum; throws when the currencies differ or the sum leaves 64 bits.</summary>
    public static Money operator +(Money left, Money right) =>
        new(checked(left.Minor + Same(left, right).Minor), left.Currency);

    /// <summary>Difference; throws when the currencies differ or the result leaves 64 bits.</summary>
    public static Money operator -(Money left, Money right) =>
        new(checked(left.Minor - Same(left, right).Minor), left.Currency);

    /// <summary>The other side of a posting.</summary>
    public static Money operator -(Money value) => new(checked(-value.Minor), value.Currency);

    /// <summary>For people: <c>12.50 USD</c>. Never parsed again.</summary>
    public override string ToString()
    {
        var digits = Currency.MinorDigits;
        var sign = Minor < 0 ? "-" : "";
        var all = UInt128.Parse(Minor.ToString(CultureInfo.InvariantCulture).TrimStart('-'), CultureInfo.InvariantCulture)
            .ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return digits == 0 ? $"{sign}{all} {Currency}" : $"{sign}{all[..^digits]}.{all[^digits..]} {Currency}";
    }

    private static Money Same(Money left, Money right) =>
        left.Currency == right.Currency
            ? right
            : throw new InvalidOperationException($"{left.Currency} and {right.Currency} do not add up.");
}
