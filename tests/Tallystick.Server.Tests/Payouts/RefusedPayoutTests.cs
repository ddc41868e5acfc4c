using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Payouts;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payouts.PayoutSteps;

namespace Tallystick.Server.Tests.Payouts;

/// <summary>The gateway says no: to the payout, or to us.</summary>
public sealed class RefusedPayoutTests(Postgres postgres)
{
    [Fact]
    public async Task A_payout_that_the_gateway_refused_is_a_case_until_the_operator_queues_it_again_and_is_paid_once()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var id = await Refused(shop, creator);
        using var operate = shop.Server.Client(TestServer.OperatorKey);

        (await creator.Http.PostAsync($"/v1/payouts/{id}/retry", null, Shop.Stop).Problem(403)).ShouldBe("forbidden");
        (await operate.PostAsync($"/v1/payouts/{id}/retry", null, Shop.Stop).Json())["state"]!.ToString().ShouldBe("queued");

        await State(shop, id, "paid");
        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(0);
        await PaidOnce(shop, creator, 1_000);
        var shown = await creator.Http.GetAsync($"/v1/payouts/{id}", Shop.Stop).Json();
        shown["amount"]!["minor"]!.GetValue<long>().ShouldBe(1_000);
        (await operate.PostAsync($"/v1/payouts/{id}/retry", null, Shop.Stop).Problem(409)).ShouldBe("conflict");
    }

    [Fact]
    public async Task The_case_of_a_refused_payout_sends_it_again_and_opens_anew_when_it_is_refused_again()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var id = await Refused(shop, creator);
        await Refuse(shop);

        await ComparisonTests.Act(shop, PayoutCases.Refused, "retry");
        await Eventually.Holds(async () => (await Find(shop, id)) is { State: "failed", Attempt: 2 });
        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(1);
        await ComparisonTests.Act(shop, PayoutCases.Refused, "retry");

        await State(shop, id, "paid");
        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(0);
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_refused_payout_that_was_sent_by_hand_is_found_to_be_paid_and_its_case_ends()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var id = await Refused(shop, creator);
        var account = await shop.Database.QueryOne<string>("select account_id from payments.payout_account", null, Shop.Stop);

        await shop.AtGateway(
            "transfers", ("amount", "1000"), ("currency", "usd"), ("destination", account!), ("transfer_group", id.ToString()));
        await Eventually.Holds(async () =>
        {
            shop.Server.Clock.Advance(TimeSpan.FromMinutes(2));
            return (await Find(shop, id)).State == "paid";
        });

        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(0);
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task A_payout_that_meets_the_gateways_limit_is_no_refusal_and_is_paid_once_when_the_limit_has_passed()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("faults", ("kind", "rate_limit"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "4"));

        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "unknown");
        await Nudge(shop, id, "paid");

        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(0);
        (await SweepTests.Cases(shop, PaymentCases.Key)).ShouldBe(0);
        await PaidOnce(shop, creator, 1_000);
    }

    [Theory]
    [InlineData("forbidden")]
    [InlineData("unauthorized")]
    public async Task A_key_of_ours_that_is_refused_is_the_operators_matter_and_the_payout_goes_out_when_it_is_taken_again(string fault)
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("faults", ("kind", fault), ("path", "/v1/transfers"), ("method", "POST"), ("count", "2"));

        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "unknown");

        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(0);
        (await shop.Database.QueryOne<string>(
            "select subject from foundation.set_aside where kind = @Key and state = 'open'", new { PaymentCases.Key }, Shop.Stop))
            .ShouldBe("POST /v1/transfers");
        await Nudge(shop, id, "paid");
        (await SweepTests.Cases(shop, PaymentCases.Key)).ShouldBe(0);
        await PaidOnce(shop, creator, 1_000);
    }

    [Fact]
    public async Task The_operators_page_shows_a_refused_payout_among_any_number_that_were_paid()
    {
        await using var shop = await Shop.Open(postgres, more: new()
        {
            ["Accounts:OperatorEmail"] = Fair.OperatorEmail, ["Accounts:OperatorPassword"] = Member.Password,
        });
        await shop.Database.InTransaction(
            tx => tx.Execute(
                """
                insert into payouts.payout (id, run_id, organisation_id, minor, currency, state, queued_at, due_at)
                select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, gen_random_uuid(), gen_random_uuid(), 100, 'USD',
                  'paid', now(), now()
                from generate_series(1, 10100) n
                """),
            Shop.Stop);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var id = await Refused(shop, creator);
        using var operate = shop.Server.Client(TestServer.OperatorKey);

        var failed = await operate.GetAsync("/v1/payouts?state=failed&newest=true", Shop.Stop).Json();
        failed["items"]!.AsArray().Single()!["payout_id"]!.ToString().ShouldBe(id.ToString());
        var newest = await operate.GetAsync("/v1/payouts?newest=true&limit=2", Shop.Stop).Json();
        newest["items"]![0]!["payout_id"]!.ToString().ShouldBe(id.ToString());
        var older = await operate.GetAsync($"/v1/payouts?newest=true&limit=1&after={newest["next"]}", Shop.Stop).Json();
        older["items"]![0]!["payout_id"]!.ToString().ShouldBe(
            new PayoutId(Guid.Parse("00000000-0000-7000-8000-000000010099")).ToString());
        (await operate.GetAsync("/v1/payouts?state=lost", Shop.Stop).Problem(400)).ShouldBe("invalid-request");
        using var visitor = await Visitor.SignedIn(shop.Server, Fair.OperatorEmail);
        (await visitor.Page("/operator")).ShouldContain(id.ToString());
    }

    [Fact]
    public async Task Payouts_that_were_refused_before_there_were_cases_are_one_each_after_the_upgrade()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        var id = await Refused(shop, creator);
        await using var script = typeof(PayoutCases).Assembly.GetManifestResourceStream("Payouts/Migrations/050-refused.sql")!;
        using var reader = new StreamReader(script);
        var sql = await reader.ReadToEndAsync(Shop.Stop);

        await shop.Database.InTransaction(
            tx => tx.Execute("delete from foundation.set_aside; " + sql[sql.IndexOf("insert into", StringComparison.Ordinal)..]), Shop.Stop);

        await ComparisonTests.Act(shop, PayoutCases.Refused, "retry");
        await State(shop, id, "paid");
    }

    private static async Task<PayoutId> Refused(Shop shop, Member creator)
    {
        await Refuse(shop);
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "failed");
        (await SweepTests.Cases(shop, PayoutCases.Refused)).ShouldBe(1);
        (await shop.Balance(LedgerAccount.Of(AccountKind.PayoutInTransit, creator.Organisation, Currency.Usd))).ShouldBe(-1_000);
        return id;
    }

    private static Task Refuse(Shop shop) => shop.At(
        "faults", ("kind", "refused"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "1"));
}
