using FsCheck;
using FsCheck.Fluent;
using Tallystick.Core.Access;
using Tallystick.Core.Amounts;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Tests.Access;

public sealed class AccessTests
{
    private static readonly WorkId Work = WorkId.From(new Guid(1, 0, 0, new byte[8]));
    private static readonly TokenFacts Facts = new(
        TokenKind.Licence, default, default, Work, default, 1_000, 2_000, null, ["ai-train"], "terms", "issuer");

    [Theory]
    [InlineData(939, AccessVerdict.NotYetValid)]
    [InlineData(940, AccessVerdict.Allow)]
    [InlineData(1_000, AccessVerdict.Allow)]
    [InlineData(2_059, AccessVerdict.Allow)]
    [InlineData(2_060, AccessVerdict.Expired)]
    public void A_licence_is_taken_within_its_time_and_a_minute_around_it(long now, AccessVerdict expected) =>
        AccessRules.Judge(Facts, Work, LicenceStatus.Valid, null, now).ShouldBe(expected);

    [Fact]
    public void The_lasting_reason_is_the_one_that_is_told()
    {
        var other = WorkId.From(new Guid(2, 0, 0, new byte[8]));
        AccessRules.Judge(Facts, other, LicenceStatus.Invalid, "search", 0).ShouldBe(AccessVerdict.Revoked);
        AccessRules.Judge(Facts, other, LicenceStatus.Valid, "search", 0).ShouldBe(AccessVerdict.WrongWork);
        AccessRules.Judge(Facts, Work, LicenceStatus.Suspended, "search", 1_500).ShouldBe(AccessVerdict.Suspended);
        AccessRules.Judge(Facts, Work, LicenceStatus.Valid, "search", 1_500).ShouldBe(AccessVerdict.ScopeNotGranted);
        AccessRules.Judge(Facts, Work, LicenceStatus.Valid, "AI-TRAIN", 1_500).ShouldBe(AccessVerdict.ScopeNotGranted);
        AccessRules.Judge(Facts, Work, LicenceStatus.Valid, "ai-train", 1_500).ShouldBe(AccessVerdict.Allow);
        AccessRules.Judge(Facts with { RightsScope = [] }, Work, LicenceStatus.Valid, null, 1_500).ShouldBe(AccessVerdict.ScopeNotGranted);
    }

    [Fact]
    public void Every_fault_of_a_token_is_a_refusal() =>
        Enum.GetValues<TokenFault>().Where(f => f != TokenFault.None)
            .ShouldAllBe(f => AccessRules.Judge(f) != AccessVerdict.Allow);

    [Theory]
    [InlineData(Meter.None, null, false, false, true)]
    [InlineData(Meter.None, 5L, false, true, true)]
    [InlineData(Meter.BytesDelivered, null, true, false, true)]
    [InlineData(Meter.BytesDelivered, 5L, true, true, true)]
    [InlineData(Meter.SegmentUnlocked, null, false, true, true)]
    [InlineData(Meter.TokensConsumed, null, false, false, false)]
    public void What_is_limited_follows_from_price_and_uses(Meter meter, long? maxUses, bool bytes, bool uses, bool served) =>
        ChargeRule.For(new Price(new Money(1, Currency.Usd), meter, 1), maxUses).ShouldBe(new ChargeRule(bytes, uses, served));

    [Fact]
    public void However_reservations_interleave_no_more_is_delivered_than_was_granted() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            var lease = default(LeasedQuantity);
            var running = new List<long>();
            var (granted, delivered) = (0L, 0L);
            for (var i = 0; i < 200; i++)
            {
                var quantity = random.Next(20);
                switch (random.Next(4))
                {
                    case 0:
                        granted = Math.Max(granted, granted + quantity - 5);
                        lease.Grant(granted);
                        break;
                    case 1 when lease.TryReserve(quantity):
                        running.Add(quantity);
                        break;
                    case 2 when running.Count > 0:
                        var part = random.NextInt64(running[^1] + 1);
                        lease.Settle(part, running[^1] - part);
                        delivered += part;
                        running.RemoveAt(running.Count - 1);
                        break;
                    case 3 when random.Next(10) == 0:
                        lease.Return();
                        granted = lease.Granted;
                        break;
                }

                if (delivered + running.Sum() > lease.Granted || lease.Spent != delivered || lease.Available < 0)
                {
                    return false;
                }
            }

            return true;
        }));

    [Fact]
    public void More_cannot_be_settled_than_was_reserved()
    {
        var lease = LeasedQuantity.Replayed(10, 4);
        lease.TryReserve(7).ShouldBeFalse();
        lease.TryReserve(6).ShouldBeTrue();
        lease.Available.ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => lease.Settle(6, 1));
    }

    [Fact]
    public void Any_range_header_comes_to_bytes_that_exist() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll<string?, int>((text, size) =>
        {
            var bytes = Math.Abs((long)size);
            return new[] { text, "bytes=" + text, $"bytes={size}-{text}", $"bytes=-{size}", $"bytes=0-{size},{size}-" }.All(header =>
            {
                var range = ByteRange.Resolve(header, bytes);
                return range.Kind is RangeKind.NotSatisfiable or RangeKind.NotValid ||
                    ((range.Parts ?? [range]).All(p => p.Offset >= 0 && p.Length >= 0 && p.Offset + p.Length <= bytes) &&
                        (range.Parts ?? [range]).Sum(p => p.Length) == range.Length && range.Length <= bytes &&
                        (range.Kind != RangeKind.Whole || range.Length == bytes) && (range.Kind == RangeKind.Whole || range.Length > 0));
            });
        }));
}
