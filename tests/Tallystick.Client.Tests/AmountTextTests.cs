using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Amounts;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Client.Tests;

/// <summary>What people type becomes minor units exactly, or is refused.</summary>
public class AmountTextTests
{
    [Theory]
    [InlineData("20 USD", 2_000, "USD")]
    [InlineData("12.5 eur", 1_250, "EUR")]
    [InlineData("0.07 USD", 7, "USD")]
    [InlineData("1.0000 USD", 100, "USD")]
    [InlineData("500 JPY", 500, "JPY")]
    [InlineData("0.000001 XRP", 1, "XRP")]
    [InlineData("  3.10   USD ", 310, "USD")]
    public void Money_is_read_by_the_scale_of_its_currency(string text, long minor, string currency)
    {
        AmountText.TryMoney(text, out var money).ShouldBeTrue();
        money.ShouldBe(new Money(minor, Currency.Parse(currency)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("USD 20")]
    [InlineData("-1 USD")]
    [InlineData("1,50 USD")]
    [InlineData("1e3 USD")]
    [InlineData("1. USD")]
    [InlineData(".5 USD")]
    [InlineData("0.005 USD")]
    [InlineData("1.5 JPY")]
    [InlineData("1 XYZ")]
    [InlineData("99999999999999999999 USD")]
    [InlineData("١ USD")]
    public void What_is_not_an_exact_amount_is_refused(string text) => AmountText.TryMoney(text, out _).ShouldBeFalse();

    [Fact]
    public void Money_that_was_printed_is_read_back()
    {
        var currencies = Gen.Elements("USD", "EUR", "JPY", "KWD", "XRP");
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue).Zip(currencies).ToArbitrary(),
            pair =>
            {
                var money = new Money(pair.Item1, Currency.Parse(pair.Item2));
                return AmountText.TryMoney(money.ToString(), out var read) && read == money;
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("25 USD once", 2_500, Meter.None, 1)]
    [InlineData("2.00 USD per shard", 200, Meter.SegmentUnlocked, 1)]
    [InlineData("1 USD per 100 files", 100, Meter.SegmentUnlocked, 100)]
    [InlineData("0.05 USD per MB", 5, Meter.BytesDelivered, 1_000_000)]
    [InlineData("3 USD per GB", 300, Meter.BytesDelivered, 1_000_000_000)]
    [InlineData("0.001 XRP per MB", 1_000, Meter.BytesDelivered, 1_000_000)]
    public void Prices_are_read_as_they_are_spoken(string text, long minor, Meter meter, long per)
    {
        AmountText.TryPrice(text, out var price).ShouldBeTrue();
        (price!.Amount.Minor, price.Meter, price.Per).ShouldBe((minor, meter, per));
        OfferRules.Faults(new Terms(["ai-train"], [], 1, null, [], false, 0), price).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0.005 USD per MB", 1, 2_000_000)]
    [InlineData("0.0025 USD per MB", 1, 4_000_000)]
    [InlineData("0.015 USD per MB", 3, 2_000_000)]
    public void A_price_below_the_minor_unit_becomes_one_of_more_units(string text, long minor, long per)
    {
        AmountText.TryPrice(text, out var price).ShouldBeTrue();
        (price!.Amount.Minor, price.Per).ShouldBe((minor, per));
    }

    [Theory]
    [InlineData("25 USD")]
    [InlineData("25 USD per")]
    [InlineData("25 USD per banana")]
    [InlineData("25 USD per 0 files")]
    [InlineData("25 USD per -1 files")]
    [InlineData("0.005 USD once")]
    [InlineData("25 USD once more")]
    [InlineData("1 USD per 99999999999999 GB")]
    public void What_is_not_a_price_is_refused(string text) => AmountText.TryPrice(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("62.5%", 6_250)]
    [InlineData("33.33", 3_333)]
    [InlineData("100%", 10_000)]
    public void Percentages_are_basis_points(string text, int points)
    {
        AmountText.TryBasisPoints(text, out var read).ShouldBeTrue();
        read.ShouldBe(points);
    }

    [Theory]
    [InlineData("33.333%")]
    [InlineData("100.01%")]
    [InlineData("half")]
    public void Finer_or_larger_percentages_are_refused(string text) =>
        AmountText.TryBasisPoints(text, out _).ShouldBeFalse();
}
