using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Amounts;
using Tallystick.Server.Pages.Parts;

namespace Tallystick.Server.Tests.Pages;

public sealed class ChartTests
{
    [Fact]
    public void Every_bar_stays_inside_its_axes_and_is_as_high_as_its_value() => Prop.ForAll<long[]>(values =>
    {
        var points = values.Select(v => new ChartPoint("x", "x", v == long.MinValue ? 0 : Math.Abs(v) / 8)).ToList();

        var scale = ChartScale.Of(330, 220, points, v => Words.Count(v));

        return scale.Bars.All(b =>
            b.Y >= scale.Top - 0.01 && b.Y <= scale.Bottom && b.X >= scale.Left && b.X + b.Width <= scale.Width &&
            Math.Abs(((scale.Bottom - b.Y) * scale.Ceiling / (scale.Bottom - scale.Top)) - b.Point.Value) <= 1 + (b.Point.Value * 1e-6)) &&
            scale.Ticks.Count is >= 2 and <= 6 && scale.Ticks[^1].Value == scale.Ceiling;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_axis_ends_at_a_round_number_above_the_largest_value()
    {
        var scale = ChartScale.Of(960, 240, [new("a", "a", 1_700), new("b", "b", 40)], v => Words.Count(v));

        scale.Ticks.Select(t => t.Value).ShouldBe([0, 500, 1_000, 1_500, 2_000]);
        scale.Bars.Single(b => b.IsPeak).Point.Label.ShouldBe("a");
    }

    [Fact]
    public void Labels_do_not_touch_and_the_newest_bar_has_one()
    {
        var scale = ChartScale.Of(330, 220, [.. Enumerable.Range(1, 30).Select(d => new ChartPoint($"{d}", $"day {d}", d))], v => Words.Count(v));

        var labelled = scale.Bars.Where(b => b.HasLabel).Select(b => b.X).ToList();
        labelled.Zip(labelled.Skip(1), (a, b) => b - a).ShouldAllBe(gap => gap >= 40);
        scale.Bars[^1].HasLabel.ShouldBeTrue();
    }

    [Theory]
    [InlineData(999, "999 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(1_000, "1.00 KB")]
    [InlineData(12_345_678, "12.3 MB")]
    [InlineData(987_654_321_000, "988 GB")]
    public void Sizes_are_said_in_powers_of_a_thousand_as_prices_are(long bytes, string said) => Words.Bytes(bytes).ShouldBe(said);

    [Theory]
    [InlineData(5, "USD", "0.05 USD")]
    [InlineData(99_999, "USD", "999.99 USD")]
    [InlineData(100_000, "USD", "1\u202f000.00 USD")]
    [InlineData(-123_456_789, "USD", "-1\u202f234\u202f567.89 USD")]
    [InlineData(-99_999, "USD", "-999.99 USD")]
    [InlineData(1_234_567, "JPY", "1\u202f234\u202f567 JPY")]
    public void Amounts_stand_in_groups_of_three(long minor, string currency, string said) =>
        Words.Amount(new(minor, Currency.Parse(currency, null))).ShouldBe(said);
}
