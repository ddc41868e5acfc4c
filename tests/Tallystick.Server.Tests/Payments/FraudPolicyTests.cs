using System.Net.Http.Json;
using Tallystick.Core.Amounts;
using Tallystick.Core.Payments;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>What an operator may set against those who use a wallet as a card's toy.</summary>
public sealed class FraudPolicyTests(Postgres postgres)
{
    /// <summary>What an operator gets who sets nothing.</summary>
    internal static Dictionary<string, string?> OutOfTheBox(Dictionary<string, string?>? more = null) => new(more ?? [])
    {
        ["Royalties:NewPayeeHoldbackBasisPoints"] = null,
        ["Payments:TopUpsPerDayMost"] = null,
        ["Payments:TopUpMinorPerDayMost"] = null,
        ["Payments:WalletRefundFee"] = null,
    };

    [Theory]
    [InlineData("none", 87_090)]
    [InlineData("gateway_cost", 0)]
    public async Task Three_cycles_of_topping_up_and_taking_back_cost_the_operator_what_the_policy_says(string policy, long loss)
    {
        await using var shop = await Shop.Open(postgres, more: new() { ["Payments:WalletRefundFee"] = policy });
        // The gateway's fees are paid from what others have prepaid.
        await shop.TopUp(await Member.Buyer(shop.Server), 100_000);
        var buyer = await Member.Buyer(shop.Server);
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd);
        await Eventually.Holds(async () => await shop.Balance(AccountKind.GatewayFees) > 0);
        var before = await shop.Balance(AccountKind.GatewayFees);
        for (var cycle = 1; cycle <= 3; cycle++)
        {
            await shop.TopUp(buyer, 1_000_000);
            await shop.Holds(wallet, -1_000_000);
            var shown = (await buyer.Http.GetAsync("/v1/wallet", Shop.Stop).Json())["refund_fee"]!["minor"]!.GetValue<long>();
            shown.ShouldBe(policy == "none" ? 0 : 29_030, "it is told before");
            (await TakeBack(buyer, 1_000_000, cycle).Json())["fee"]!["minor"]!.GetValue<long>().ShouldBe(shown);
            await shop.Holds(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd), 0);
        }

        (await shop.Balance(AccountKind.GatewayFees) - before).ShouldBe(loss);
        await shop.BooksHold();
        await PaymentsTests.AvailableAgrees(shop);
    }

    /// <summary>Whoever tops up with a card that is not theirs is not paid out before its owner has seen a statement.</summary>
    [Theory]
    [InlineData("oneself, new")]
    [InlineData("oneself, long known")]
    [InlineData("an accomplice")]
    public async Task Out_of_the_box_a_top_up_that_is_used_and_taken_back_has_paid_nobody_out(string buysFrom)
    {
        await using var shop = await Shop.Open(postgres, more: OutOfTheBox(Metered.FeeOfTenPercent));
        var creator = await Member.SignUp(shop.Server, "creator", "buyer");
        var buyer = buysFrom == "an accomplice" ? await Member.Buyer(shop.Server) : creator;
        await shop.OpenAccount(creator);
        if (buysFrom == "oneself, long known")
        {
            await IsLongKnown(shop, creator);
        }

        await shop.TopUp(buyer, 5_000);
        var used = await Metered.Open(shop, buyer, creator);
        await shop.Holds(used.Wallet, -5_000);
        await used.Use(3_000_000);
        await used.Run();
        (await shop.Balance(LedgerAccount.Of(AccountKind.Holdback, creator.Organisation, Currency.Usd))).ShouldBe(-2_700);

        await DisputeSteps.Close(shop, await DisputeSteps.Dispute(shop, 5_000), "lost");

        // What the buyer still owes is the operator's own fee of it.
        await shop.Holds(used.Debt, 300);
        (await used.Earned()).ShouldBe(0);
        (await shop.Balance(LedgerAccount.Of(AccountKind.CreatorDebt, creator.Organisation, Currency.Usd))).ShouldBe(0);
        (await shop.Database.QueryOne<int>("select count(*)::int from payouts.payout", null, Shop.Stop)).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Out_of_the_box_three_cycles_of_topping_up_and_taking_back_cost_the_operator_nothing_and_a_day_allows_two()
    {
        await using var shop = await Shop.Open(postgres, more: OutOfTheBox());
        await shop.TopUp(await Member.Buyer(shop.Server), 100_000);
        await Eventually.Holds(async () => await shop.Balance(AccountKind.GatewayFees) > 0);
        var (buyer, before) = (await Member.Buyer(shop.Server), await shop.Balance(AccountKind.GatewayFees));
        for (var cycle = 1; cycle <= 3; cycle++)
        {
            if (cycle == 3)
            {
                (await TopUp(buyer, 1_000_000, "soon").Problem(429)).ShouldBe("too-many-requests");
                shop.Server.Clock.Advance(TimeSpan.FromHours(25));
            }

            await shop.TopUp(buyer, 1_000_000);
            await shop.Holds(LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer.Organisation, Currency.Usd), -1_000_000);
            await TakeBack(buyer, 1_000_000, cycle).Json();
            await shop.Holds(LedgerAccount.Of(AccountKind.RefundInTransit, buyer.Organisation, Currency.Usd), 0);
        }

        (await shop.Balance(AccountKind.GatewayFees) - before).ShouldBe(0);
        await shop.BooksHold();
    }

    [Fact]
    public async Task Top_ups_of_a_buyer_in_a_day_are_limited_by_number_and_by_amount_and_again_free_a_day_later()
    {
        await using var shop = await Shop.Open(
            postgres, more: new() { ["Payments:TopUpsPerDayMost"] = "3", ["Payments:TopUpMinorPerDayMost"] = "10000" });
        var buyer = await Member.Buyer(shop.Server);

        await TopUp(buyer, 6_000, "a").Json();
        (await TopUp(buyer, 4_001, "b").Problem(429)).ShouldBe("too-many-requests");
        await TopUp(buyer, 1_000, "c").Json();
        await TopUp(buyer, 1_000, "d").Json();
        using (var refused = await TopUp(buyer, 100, "e"))
        {
            ((int)refused.StatusCode).ShouldBe(429);
            refused.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.FromHours(23));
        }

        await TopUp(buyer, 6_000, "a").Json();
        await TopUp(await Member.Buyer(shop.Server), 100, "e").Json();
        shop.Server.Clock.Advance(TimeSpan.FromHours(25));
        await TopUp(buyer, 100, "e").Json();
    }

    [Fact]
    public async Task What_no_card_can_be_charged_is_refused_when_it_is_offered_and_the_least_that_can_is_bought()
    {
        await using var shop = await Shop.Open(postgres);
        var (buyer, creator) = (await Member.Buyer(shop.Server), await Member.Creator(shop.Server));
        var (work, _) = await creator.Published();
        foreach (var code in CardLimits.Codes)
        {
            var currency = Currency.Parse(code);
            var least = CardLimits.MinorLeast(currency);
            var refused = await creator.Http.PostAsJsonAsync(
                $"/v1/works/{work}/offers",
                new { terms = Market.Terms, price = new { amount = new { minor = least - CardLimits.Step(currency), currency = code } } },
                Shop.Stop).Json(400);
            refused["errors"]!["price.amount"]![0]!.ToString().ShouldContain("A card is charged from");
            var offer = await creator.Offer(work, new { amount = new { minor = least, currency = code } });
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/purchases")
            {
                Content = JsonContent.Create(new { offer_id = offer.ToString() }), Headers = { { "Idempotency-Key", code } },
            };
            (await buyer.Http.SendAsync(request, Shop.Stop).Json())["status"]!.ToString().ShouldBe("open", code);
        }
    }

    /// <summary>Without the settings that other tests have against the policy.</summary>
    internal static Task IsLongKnown(Shop shop, Member payee) => shop.Database.InTransaction(
        tx => tx.Execute(
            "insert into royalties.payee (payee, first_earned_at) values (@Organisation, now() - interval '5 years')",
            new { payee.Organisation }),
        Shop.Stop);

    private static Task<HttpResponseMessage> TakeBack(Member buyer, long cents, int cycle) => buyer.Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/refunds")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", $"cycle-{cycle}" } },
        },
        Shop.Stop);

    private static Task<HttpResponseMessage> TopUp(Member buyer, long cents, string key) => buyer.Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/top-ups")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", key } },
        },
        Shop.Stop);
}
