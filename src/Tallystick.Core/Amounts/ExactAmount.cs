using System.Globalization;

namespace Tallystick.Core.Amounts;

/// <summary>
/// An exact fraction of a minor unit: what usage costs before it is rounded. Usage accrues in this form; rounding
/// happens once per statement line, half to even, and what was cut off or added is carried to the next period.
/// </summary>
/// <param name="Numerator">May be negative: a carry after rounding up is a debt of the creator's.</param>
/// <param name="Denominator">Positive.</param>
public readonly record struct ExactAmount(Int128 Numerator, long Denominator)
{
    /// <summary>Nothing.</summary>
    public static ExactAmount Zero { get; } = new(0, 1);

    /// <summary>Exact sum, in lowest terms.</summary>
    public static ExactAmount operator +(ExactAmount left, ExactAmount right) => checked(
        left.Denominator == right.Denominator
            ? new ExactAmount(left.Numerator + right.Numerator, left.Denominator)
            : Reduced(
                (left.Numerator * right.Denominator) + (right.Numerator * left.Denominator),
                (Int128)left.Denominator * right.Denominator));

    /// <summary>Rounds half to even and says what remains: rounded + carry equals this amount exactly.</summary>
    public (long Minor, ExactAmount Carry) RoundHalfEven()
    {
        var floor = Numerator / Denominator;
        var rest = Numerator % Denominator;
        if (rest < 0)
        {
            floor -= 1;
            rest += Denominator;
        }

        var twice = checked(rest * 2);
        var up = twice > Denominator || (twice == Denominator && Int128.IsOddInteger(floor));
        var rounded = up ? floor + 1 : floor;
        return (checked((long)rounded), new ExactAmount(checked(Numerator - (rounded * Denominator)), Denominator));
    }

    /// <summary>The least whole amount that covers this one: what is reserved before anything is delivered.</summary>
    public long Ceiling()
    {
        var whole = Numerator / Denominator;
        return checked((long)(Numerator % Denominator > 0 ? whole + 1 : whole));
    }

    /// <inheritdoc/>
    public override string ToString() => Denominator == 1
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    private static ExactAmount Reduced(Int128 numerator, Int128 denominator)
    {
        var (a, b) = (Int128.Abs(numerator), denominator);
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a == 0 ? Zero : new ExactAmount(numerator / a, checked((long)(denominator / a)));
    }
}
