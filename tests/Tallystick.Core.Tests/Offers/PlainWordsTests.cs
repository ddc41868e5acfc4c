using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Offers;

public sealed class PlainWordsTests
{
    private static readonly Terms Simple = new(["ai-train"], [], 365, null, [], false, 0);

    public static TheoryData<Terms, Price, string> Golden => new()
    {
        {
            Simple,
            new(new(1250, Currency.Usd), Meter.None, 1),
            "You may train AI models on it for 365 days, anywhere in the world; it costs 12.50 USD, once; there is no refund."
        },
        {
            new(["ai-train", "evaluate", "read"], ["tokenize", "augment"], 30, 1_000_000, ["DE", "FR"], true, 14),
            new(new(500, Currency.Eur), Meter.None, 1),
            "You may train AI models on it, evaluate models with it and read it for 30 days, in DE and FR only; " +
            "you may tokenize and augment it; at most 1,000,000 uses (a use is one file in one pass); " +
            "you must name the work where you use it; it costs 5.00 EUR, once; you can have your money back within 14 days."
        },
        {
            Simple with { ValidDays = 1, MaxUses = 1 },
            new(new(5, Currency.Usd), Meter.BytesDelivered, 1_000_000),
            "You may train AI models on it for 1 day, anywhere in the world; at most 1 use (a use is one file in one pass); " +
            "each megabyte delivered costs 0.05 USD from your wallet."
        },
        {
            Simple,
            new(new(1, Currency.Usd), Meter.BytesDelivered, 1_500),
            "You may train AI models on it for 365 days, anywhere in the world; each 1,500 bytes delivered cost 0.01 USD from your wallet."
        },
        {
            Simple,
            new(new(10, Currency.Parse("JPY")), Meter.SegmentUnlocked, 1),
            "You may train AI models on it for 365 days, anywhere in the world; each file costs 10 JPY a pass from your wallet."
        },
        {
            Simple,
            new(new(10, Currency.Usd), Meter.SegmentUnlocked, 100),
            "You may train AI models on it for 365 days, anywhere in the world; each 100 files cost 0.10 USD a pass from your wallet."
        },
        {
            Simple with { RightsScope = ["read"] },
            new(new(0, Currency.Usd), Meter.None, 1),
            "You may read it for 365 days, anywhere in the world; it is free."
        },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void An_offer_is_told_in_one_sentence(Terms terms, Price price, string sentence)
    {
        OfferRules.Faults(terms, price).ShouldBeEmpty();
        PlainWords.Summary(terms, price).ShouldBe(sentence);
    }

    [Fact]
    public void The_hash_names_work_terms_and_price_and_nothing_else_has_it()
    {
        var (work, price) = (new WorkId(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)), new Price(new(1250, Currency.Usd), Meter.None, 1));
        var hash = OfferRules.Hash(work, Simple, price);

        hash.ShouldBe(OfferRules.Hash(work, Simple with { RightsScope = ["ai-train"] }, price));
        new[]
        {
            hash,
            OfferRules.Hash(new WorkId(Guid.Empty), Simple, price),
            OfferRules.Hash(work, Simple with { ValidDays = 364 }, price),
            OfferRules.Hash(work, Simple with { MaxUses = 1 }, price),
            OfferRules.Hash(work, Simple, price with { Amount = new(1251, Currency.Usd) }),
            OfferRules.Hash(work, Simple, price with { Amount = new(1250, Currency.Eur) }),
        }.Distinct().Count().ShouldBe(6);
    }
}
