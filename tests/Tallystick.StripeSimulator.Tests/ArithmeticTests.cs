using FsCheck.Fluent;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

public sealed class ArithmeticTests
{
    [Theory]
    [InlineData(50, 31)] // 1.45 + 30 = 31.45
    [InlineData(1000, 59)]
    [InlineData(2000, 88)]
    [InlineData(500, 45)] // 14.5 rounds up
    [InlineData(499, 44)] // 14.471 rounds down
    [InlineData(99_999_999, 2_900_030)]
    public void The_fee_is_rounded_half_up(long amount, long fee) => Currencies.Fee(amount).ShouldBe(fee);

    [Theory]
    [InlineData(1250, "usd", "12.50 USD")]
    [InlineData(1250, "jpy", "1,250 JPY")]
    [InlineData(5, "eur", "0.05 EUR")]
    public void Amounts_are_shown_in_the_units_of_their_currency(long amount, string currency, string shown) =>
        Currencies.Show(amount, currency).ShouldBe(shown);

    [Fact]
    public async Task Card_money_is_pending_until_it_settles()
    {
        await using var sim = await Sim.StartAsync(settlementSeconds: 3600);
        await sim.Charge(1000, isPending: true);
        (await Balance(sim, "pending")).ShouldBe(941);
        (await Balance(sim, "available")).ShouldBe(0);
        await sim.Act("clock/advance", "seconds=3601");
        (await Balance(sim, "pending")).ShouldBe(0);
        (await Balance(sim, "available")).ShouldBe(941);
    }

    [Fact]
    public async Task A_refund_does_not_return_the_fee()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(1000, isPending: true);
        (await sim.Post("/v1/refunds", $"charge={charge.Id}")).Text("status").ShouldBe("succeeded");
        await sim.Act("settle");
        (await Balance(sim, "available")).ShouldBe(-59);
    }

    [Fact]
    public async Task A_refund_waits_for_the_balance_when_it_does_not_suffice()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(1000);
        var refund = await sim.Post("/v1/refunds", $"charge={charge.Id}");
        refund.Text("status").ShouldBe("pending");
        refund.Text("pending_reason").ShouldBe("insufficient_funds");
        await sim.Charge(1000);
        (await sim.Get($"/v1/refunds/{refund.Id}")).Text("status").ShouldBe("succeeded");
        (await Balance(sim, "available")).ShouldBe(882);
    }

    [Fact]
    public async Task A_refund_that_the_bank_sends_back_is_money_of_the_account_again_and_can_be_made_anew()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(1000);
        await sim.Charge(1000);
        var refund = await sim.Post("/v1/refunds", $"charge={charge.Id}&amount=600");
        await sim.Act($"refunds/{refund.Id}/fail", "reason=lost_or_stolen_card");

        var failed = await sim.Get($"/v1/refunds/{refund.Id}");
        failed.Text("status").ShouldBe("failed");
        failed.Text("failure_reason").ShouldBe("lost_or_stolen_card");
        (await sim.Get($"/v1/balance_transactions/{failed.Text("failure_balance_transaction")}")).Text("type")
            .ShouldBe("refund_failure");
        (await Balance(sim, "available")).ShouldBe(1882);
        (await sim.Post("/v1/refunds", $"charge={charge.Id}&amount=1000")).Text("status").ShouldBe("succeeded");
    }

    [Fact]
    public async Task A_refund_that_waits_for_the_balance_can_come_to_nothing_before_money_moves()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(1000);
        var before = await Balance(sim, "available");
        var refund = await sim.Post("/v1/refunds", $"charge={charge.Id}");
        refund.Text("status").ShouldBe("pending");
        await sim.Act($"refunds/{refund.Id}/fail", "reason=declined");

        var failed = await sim.Get($"/v1/refunds/{refund.Id}");
        (failed.Text("status"), failed.Text("failure_reason")).ShouldBe(("failed", "declined"));
        failed.Json.ContainsKey("failure_balance_transaction").ShouldBeFalse("no money came back: none had left");
        (await Balance(sim, "available")).ShouldBe(before);
        await sim.Charge(5000);
        (await sim.Get($"/v1/refunds/{refund.Id}")).Text("status").ShouldBe("failed", "it does not wait any more");
        (await sim.Post("/v1/refunds", $"charge={charge.Id}&amount=1000")).Text("status").ShouldBe("succeeded");
    }

    [Fact]
    public async Task A_transfer_of_a_charge_becomes_available_with_it()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        var charge = await sim.Charge(1000, isPending: true);
        var form = $"currency=usd&destination={creator}&source_transaction={charge.Id}";
        (await sim.Post("/v1/transfers", form + "&amount=600")).Json["object"]!.GetValue<string>().ShouldBe("transfer");
        (await sim.Post("/v1/transfers", form + "&amount=401")).Error["param"]!.GetValue<string>().ShouldBe("amount");
        (await Balance(sim, "pending", creator)).ShouldBe(600);
        await sim.Act("settle");
        (await Balance(sim, "available", creator)).ShouldBe(600);
        (await Balance(sim, "available")).ShouldBe(341);
    }

    [Fact]
    public async Task A_dispute_takes_amount_and_fee_and_a_won_one_returns_the_amount()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(10_000);
        var dispute = await sim.Act("disputes", $"charge={charge.Id}");
        (await Balance(sim, "available")).ShouldBe(9680 - 10_000 - 1500);
        await sim.Act($"disputes/{dispute.Id}/close", "outcome=won");
        (await Balance(sim, "available")).ShouldBe(9680 - 1500);
    }

    [Fact]
    public async Task A_failed_payout_returns_to_the_balance()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        await sim.Charge(10_000);
        await sim.Post("/v1/transfers", $"amount=5000&currency=usd&destination={creator}");
        var payout = await sim.Post("/v1/payouts", "amount=4000&currency=usd", account: creator);
        (await Balance(sim, "available", creator)).ShouldBe(1000);
        await sim.Act($"payouts/{payout.Id}/complete", "outcome=failed");
        (await Balance(sim, "available", creator)).ShouldBe(5000);
    }

    [Fact]
    public void An_entry_that_does_not_balance_changes_nothing()
    {
        var ledger = new Ledger();
        Should.Throw<InvalidOperationException>(() => ledger.Post(new Posting("a", "usd", 1), new Posting("b", "eur", -1)));
        ledger.Balances.ShouldBeEmpty();
    }

    /// <summary>Whatever is asked for in whatever order, accepted or refused, both paths through the books agree.</summary>
    [Fact]
    public async Task The_books_balance_after_any_commands()
    {
        await using var sim = await Sim.StartAsync();
        var creators = new[] { await sim.Creator(), await sim.Creator() };
        var charges = new List<Answered>();
        var transfers = new List<Answered>();
        var steps = Gen.Zip(Gen.Choose(0, 6), Gen.Choose(1, 5000)).ArrayOf(120).Sample(1).Single();
        foreach (var (kind, amount) in steps)
        {
            var charge = charges.Count == 0 ? "none" : charges[amount % charges.Count].Id;
            var transfer = transfers.Count == 0 ? "none" : transfers[amount % transfers.Count].Id;
            var creator = creators[amount % 2];
            switch (kind)
            {
                case 0:
                    charges.Add(await sim.Charge(amount + 500, amount % 3 == 0 ? "jpy" : "usd", isPending: amount % 5 == 0));
                    break;
                case 1:
                    await sim.Post("/v1/refunds", $"charge={charge}&amount={amount}");
                    break;
                case 2:
                    if (await sim.Post("/v1/transfers", $"amount={amount}&currency=usd&destination={creator}")
                        is { Status: System.Net.HttpStatusCode.OK } sent)
                        transfers.Add(sent);
                    break;
                case 3:
                    await sim.Post("/v1/transfers",
                        $"amount={amount}&currency=usd&destination={creator}&source_transaction={charge}");
                    break;
                case 4:
                    await sim.Post($"/v1/transfers/{transfer}/reversals", $"amount={amount}");
                    break;
                case 5:
                    await sim.Post("/v1/payouts", $"amount={amount}&currency=usd", account: creator);
                    break;
                default:
                    await sim.Post("/_sim/disputes", $"charge={charge}");
                    await sim.Act("clock/advance", $"seconds={amount * 60}");
                    break;
            }
        }

        var accounts = (await sim.Totals())["accounts"]!.AsObject();
        foreach (var (_, currencies) in accounts)
            foreach (var (_, sums) in currencies!.AsObject())
            {
                long Of(string name) => sums![name]!.GetValue<long>();
                (Of("available") + Of("pending")).ShouldBe(
                    Of("charges") - Of("fees") - Of("refunds") - Of("disputes") - Of("transfers_out") + Of("transfers_in")
                    + Of("reversals_in") - Of("reversals_out") - Of("payouts"));
            }
    }

    static async Task<long> Balance(Sim sim, string part, string? account = null)
    {
        await sim.Totals();
        return (await sim.Get("/v1/balance", account)).Json[part]![0]!["amount"]!.GetValue<long>();
    }
}
