using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;

namespace Tallystick.Client.Tests;

/// <summary>The licence that is used when nobody names one: never one that costs, if there is one that does not.</summary>
public class LicenceChoiceTests
{
    private static readonly Currency Usd = Currency.Parse("USD");
    private static readonly Currency Eur = Currency.Parse("EUR");

    [Fact]
    public async Task What_is_free_or_paid_once_goes_before_what_is_charged()
    {
        var metered = Held(10, Usd, "segment_unlocked");
        var once = Held(500, Usd, "none");
        var free = Held(0, Usd, "bytes_delivered");

        (await LicenceChoice.Best([metered, once], Nothing)).ShouldBe(once);
        (await LicenceChoice.Best([metered, free], Nothing)).ShouldBe(free);
    }

    [Fact]
    public async Task One_whose_uses_may_be_used_up_comes_after_one_without_that_limit()
    {
        var counted = Held(500, Usd, "none", maxUses: 5);
        var any = Held(500, Usd, "none");

        (await LicenceChoice.Best([counted, any], Nothing)).ShouldBe(any);
        (await LicenceChoice.Best([Held(10, Usd, "segment_unlocked"), counted], Nothing)).ShouldBe(counted);
    }

    [Fact]
    public async Task Of_what_is_charged_the_one_that_a_wallet_pays_for_is_used()
    {
        var (dollars, euros) = (Held(10, Usd, "segment_unlocked"), Held(10, Eur, "segment_unlocked"));

        (await LicenceChoice.Best([dollars, euros], currency => Task.FromResult(currency == Eur))).ShouldBe(euros);
        (await LicenceChoice.Best([dollars, euros], _ => Task.FromResult(false))).ShouldBe(dollars);
    }

    [Fact]
    public async Task Of_the_same_unit_and_currency_the_cheapest_is_used_and_of_different_units_the_newest()
    {
        var (dear, cheap, bytes) = (
            Held(10, Usd, "segment_unlocked"), Held(15, Usd, "segment_unlocked", per: 2), Held(1, Usd, "bytes_delivered"));

        (await LicenceChoice.Best([dear, bytes, cheap], Nothing)).ShouldBe(cheap);
        (await LicenceChoice.Best([bytes, dear], Nothing)).ShouldBe(bytes);
    }

    private static Task<bool> Nothing(Currency currency) => throw new InvalidOperationException("No wallet decides this.");

    private static HeldLicence Held(long minor, Currency currency, string meter, long per = 1, long? maxUses = null)
    {
        var work = WorkId.From(Guid.CreateVersion7());
        var offer = OfferId.From(Guid.CreateVersion7());
        return new(
            new Licence(
                LicenceId.From(Guid.CreateVersion7()), offer, work, default, default, "valid", DateTimeOffset.UnixEpoch,
                DateTimeOffset.MaxValue, MaxUses: maxUses),
            new OfferView(
                offer, work, "", default, new PriceView(new Money(minor, currency), meter, per, ""),
                new Terms(["ai-train"], [], 365, null, [], false, 0), "", "", true));
    }
}
