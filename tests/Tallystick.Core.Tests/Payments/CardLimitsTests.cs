using Tallystick.Core.Amounts;
using Tallystick.Core.Payments;

namespace Tallystick.Core.Tests.Payments;

public sealed class CardLimitsTests
{
    [Theory]
    [InlineData(49, "USD", "A card is charged from 0.50 USD to 999999.99 USD.")]
    [InlineData(50, "USD", null)]
    [InlineData(99_999_999, "USD", null)]
    [InlineData(100_000_000, "USD", "A card is charged from 0.50 USD to 999999.99 USD.")]
    [InlineData(49, "JPY", "A card is charged from 50 JPY to 99999999 JPY.")]
    [InlineData(50, "JPY", null)]
    [InlineData(1_005, "KWD", "A card is charged in steps of 0.010 KWD.")]
    [InlineData(1_010, "KWD", null)]
    [InlineData(199, "BHD", "A card is charged from 0.200 BHD to 99999.999 BHD.")]
    [InlineData(5_000_000, "XRP", "XRP cannot be paid by card.")]
    public void An_amount_that_no_card_can_be_charged_is_known_before_anybody_tries(long minor, string currency, string? fault) =>
        CardLimits.Fault(new Money(minor, Currency.Parse(currency))).ShouldBe(fault);

    [Fact]
    public void The_smallest_charge_of_every_currency_is_a_charge_and_one_step_less_is_none()
    {
        foreach (var currency in CardLimits.Codes.Select(c => Currency.Parse(c)))
        {
            var least = CardLimits.MinorLeast(currency);
            CardLimits.Fault(new Money(least, currency)).ShouldBeNull();
            CardLimits.Fault(new Money(least - CardLimits.Step(currency), currency)).ShouldNotBeNull();
        }
    }
}
