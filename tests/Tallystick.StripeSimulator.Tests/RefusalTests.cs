using System.Net;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>What the real one refuses is refused, with its status, type, code and parameter, and changes nothing.</summary>
public sealed class RefusalTests
{
    const string Session = "/v1/checkout/sessions";
    const string Item = "line_items[0][price_data]";

    public static TheoryData<string, string, int, string?, string?> Table() => new()
    {
        { "/v1/transfers", "amount=1&currency=usd&destination={creator}&colour=red", 400, "parameter_unknown", "colour" },
        { Session, Sim.Order(500) + "&line_items[0][price_data][product_data][colour]=red", 400, "parameter_unknown",
            $"{Item}[product_data][colour]" },
        { Session, Sim.Order(500) + "&payment_intent_data[transfer_data][destination]={creator}", 400, "parameter_unknown",
            "payment_intent_data[transfer_data]" },
        { "/v1/transfers", "amount=1&currency=usd", 400, "parameter_missing", "destination" },
        { Session, "mode=payment&success_url=http://a.test/", 400, "parameter_missing", "line_items" },
        { Session, Sim.Order(500).Replace("&success_url=http", "&cancel_url=http"), 400, "parameter_missing", "success_url" },
        { "/v1/transfers", "amount=1.5&currency=usd&destination={creator}", 400, "parameter_invalid_integer", "amount" },
        { "/v1/transfers", "amount=-1&currency=usd&destination={creator}", 400, "parameter_invalid_integer", "amount" },
        { "/v1/transfers", "amount=0&currency=usd&destination={creator}", 400, "parameter_invalid_integer", "amount" },
        { "/v1/transfers", "amount=99999999999&currency=usd&destination={creator}", 400, "parameter_invalid_integer", "amount" },
        { "/v1/transfers", "amount=&currency=usd&destination={creator}", 400, "parameter_invalid_empty", "amount" },
        { "/v1/transfers", "amount[a]=1&currency=usd&destination={creator}", 400, null, "amount" },
        { "/v1/transfers", "amount=1&currency=zzz&destination={creator}", 400, null, "currency" },
        { "/v1/transfers", "amount=1&currency=usd&destination={creator}&source_type=gold", 400, null, "source_type" },
        { "/v1/transfers", "amount=1&currency=usd&destination={creator}&metadata=x", 400, null, "metadata" },
        { "/v1/transfers", "amount=1&currency=usd&destination={creator}&expand[]=colour", 400, null, "expand" },
        { "/v1/transfers", "amount=1&currency=usd&destination={creator}&a[b", 400, null, null },
        { "/v1/transfers", "amount=1&currency=usd&destination=acct_none", 400, "resource_missing", "destination" },
        { "/v1/transfers", "amount=1&currency=usd&destination={inactive}", 400, "insufficient_capabilities_for_transfer",
            "destination" },
        { "/v1/transfers", "amount=9972&currency=usd&destination={creator}", 400, "balance_insufficient", null },
        { "/v1/transfers", "amount=1&currency=eur&destination={creator}", 400, "balance_insufficient", null },
        { "/v1/transfers", "amount=1&currency=eur&destination={creator}&source_transaction={charge}", 400, null, "currency" },
        { "/v1/transfers", "amount=10001&currency=usd&destination={creator}&source_transaction={charge}", 400, null, "amount" },
        { "/v1/transfers", "amount=1&currency=usd&destination={creator}&source_transaction=ch_none", 400, "resource_missing",
            "source_transaction" },
        { Session, Sim.Order(49), 400, "amount_too_small", null },
        { Session, Sim.Order(29, "gbp"), 400, "amount_too_small", null },
        { Session, Sim.Order(49, "jpy"), 400, "amount_too_small", null },
        { Session, Sim.Order(500).Replace("success_url=http", "success_url=ftp"), 400, "url_invalid", "success_url" },
        { Session, Sim.Order(500).Replace("mode=payment", "mode=subscription"), 400, null, "mode" },
        { Session, Sim.Order(500) + "&expires_at=1", 400, null, "expires_at" },
        { Session, Sim.Order(500) + "&ui_mode=embedded_page", 400, null, "ui_mode" },
        { Session, Sim.Order(500) + "&line_items[1][price_data][currency]=eur&line_items[1][price_data][unit_amount]=500"
            + "&line_items[1][price_data][product_data][name]=B&line_items[1][quantity]=1", 400, null, "line_items" },
        { "/v1/refunds", "", 400, "parameter_missing", null },
        { "/v1/refunds", "charge=ch_none", 404, "resource_missing", "charge" },
        { "/v1/refunds", "charge={charge}&amount=10001", 400, null, "amount" },
        { "/v1/refunds", "charge={charge}&reverse_transfer=true", 400, null, "reverse_transfer" },
        { "/v1/refunds", "charge={charge}&refund_application_fee=true", 400, null, "refund_application_fee" },
        { "/v1/refunds", "charge={charge}&reason=whim", 400, null, "reason" },
        { "/v1/payouts", "amount=1000000&currency=usd", 400, "balance_insufficient", null },
        { "/v1/accounts", "type=express&country=XX", 400, "country_unsupported", "country" },
        { "/v1/accounts", "type=express&country=DE&capabilities[transfers][requested]=true", 400, null, "capabilities" },
        { "/v1/accounts", "type=express&country=US&tos_acceptance[service_agreement]=recipient&capabilities[transfers][requested]=true",
            400, null, "tos_acceptance[service_agreement]" },
        { "/v1/accounts", "type=express&country=DE&tos_acceptance[service_agreement]=recipient"
            + "&capabilities[transfers][requested]=true&capabilities[card_payments][requested]=true", 400, null, "capabilities" },
        { "/v1/accounts", "type=express&controller[fees][payer]=account", 400, "parameters_exclusive", "type" },
        { "/v1/accounts/acct_none", "email=a@example.com", 403, "account_invalid", null },
        { "/v1/account_links", "account={creator}&type=account_onboarding&return_url=http://a.test/", 400, "parameter_missing",
            "refresh_url" },
        { "/v1/nothing", "", 404, null, null },
        { "/v1/balance", "", 404, null, null },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task It_is_refused_and_changes_nothing(string path, string form, int status, string? code, string? param)
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        var inactive = await sim.Post("/v1/accounts", "type=express&capabilities[transfers][requested]=true");
        var charge = await sim.Charge(10_000);
        var before = await sim.Totals();

        var refused = await sim.Post(path, form.Replace("{creator}", creator).Replace("{inactive}", inactive.Id)
            .Replace("{charge}", charge.Id));

        ((int)refused.Status).ShouldBe(status, refused.Json.ToJsonString());
        refused.Error["type"]!.GetValue<string>().ShouldBe("invalid_request_error");
        refused.Error["code"]?.GetValue<string>().ShouldBe(code);
        (refused.Error["code"] is null).ShouldBe(code is null);
        refused.Error["param"]?.GetValue<string>().ShouldBe(param);
        (refused.Error["param"] is null).ShouldBe(param is null, refused.Json.ToJsonString());
        refused.Error["message"]!.GetValue<string>().ShouldNotBeEmpty();
        refused.Header("Request-Id").ShouldNotBeNull().ShouldStartWith("req_");
        (await sim.Totals())["accounts"]!.ToJsonString().ShouldBe(before["accounts"]!.ToJsonString());
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("sk_test_other", 401)]
    [InlineData("sk_live_tallystick", 401)]
    [InlineData("pk_test_tallystick", 403)]
    public async Task Only_the_secret_test_key_opens(string? bearer, int status)
    {
        await using var sim = await Sim.StartAsync();
        ((int)(await sim.Send(HttpMethod.Get, "/v1/balance", null, null, null, bearer)).Status).ShouldBe(status);
    }

    [Fact]
    public async Task Only_the_pinned_version_is_spoken()
    {
        await using var sim = await Sim.StartAsync();
        var old = await sim.Send(HttpMethod.Get, "/v1/balance", null, null, null, Sim.SecretKey, "2020-08-27");
        old.Status.ShouldBe(HttpStatusCode.BadRequest);
        var pinned = await sim.Send(HttpMethod.Get, "/v1/balance", null, null, null, Sim.SecretKey, "2026-10-28.endive");
        pinned.Status.ShouldBe(HttpStatusCode.OK);
        pinned.Header("Stripe-Version").ShouldBe("2026-10-28.endive");
    }

    [Fact]
    public async Task Json_bodies_are_not_understood()
    {
        await using var sim = await Sim.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/customers")
        {
            Content = new StringContent("{}", null, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", Sim.SecretKey);
        (await sim.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off()
    {
        await using var sim = await Sim.StartAsync();
        ((int)(await sim.Post("/v1/customers", $"name={new string('a', 2_000_000)}")).Status).ShouldBe(413);
    }

    [Fact]
    public async Task A_connected_account_sees_only_its_own_objects()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        var charge = await sim.Charge(1000);
        (await sim.Get($"/v1/charges/{charge.Id}", creator)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await sim.Get("/v1/balance", "acct_none")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await sim.Post("/v1/transfers", $"amount=1&currency=usd&destination={creator}", account: creator))
            .Error["code"]!.GetValue<string>().ShouldBe("transfers_not_allowed");
    }

    [Fact]
    public async Task A_disputed_charge_is_not_refunded()
    {
        await using var sim = await Sim.StartAsync();
        var charge = await sim.Charge(1000);
        await sim.Act("disputes", $"charge={charge.Id}");
        (await sim.Post("/v1/refunds", $"charge={charge.Id}")).Error["code"]!.GetValue<string>().ShouldBe("charge_disputed");
    }

    [Fact]
    public async Task A_capability_that_was_taken_away_stops_transfers()
    {
        await using var sim = await Sim.StartAsync();
        var creator = await sim.Creator();
        await sim.Charge(1000);
        await sim.Act($"accounts/{creator}", "capability=transfers&status=inactive");
        (await sim.Post("/v1/transfers", $"amount=1&currency=usd&destination={creator}"))
            .Error["code"]!.GetValue<string>().ShouldBe("insufficient_capabilities_for_transfer");
        await sim.Act($"accounts/{creator}", "payouts_enabled=false");
        (await sim.Post("/v1/payouts", "amount=1&currency=usd", account: creator))
            .Error["code"]!.GetValue<string>().ShouldBe("payouts_not_allowed");
    }
}
