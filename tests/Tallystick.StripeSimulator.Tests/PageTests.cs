using System.Net;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>The hosted pages, used as a browser without script would use them.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task Paying_leads_to_the_success_address_with_the_session_in_it()
    {
        await using var sim = await Sim.StartAsync();
        using var browser = Browser();
        var session = await sim.Post("/v1/checkout/sessions", Sim.Order(1250, more: "&cancel_url=http://shop.test/back"));
        var url = session.Text("url")!;
        var page = await browser.GetStringAsync(url, TestContext.Current.CancellationToken);
        page.ShouldContain("Stripe simulator - no real money");
        page.ShouldContain("12.50 USD");
        page.ShouldNotContain("<script");

        (await Submit(browser, url, "cancel")).ShouldBe("http://shop.test/back");
        (await Submit(browser, url, "decline")).ShouldBe($"/pay/{session.Id}?declined=1");
        (await browser.GetStringAsync(url + "?declined=1", TestContext.Current.CancellationToken)).ShouldContain("was declined");
        (await Submit(browser, url, "pay")).ShouldBe($"http://shop.test/done?s={session.Id}");
        var paid = await sim.Get($"/v1/checkout/sessions/{session.Id}");
        paid.Text("payment_status").ShouldBe("paid");
        paid.Json["customer_details"]!["email"]!.GetValue<string>().ShouldBe("a@example.com");
        paid.Json["url"].ShouldBeNull();
        (await sim.Get("/v1/charges")).Json["data"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_expired_session_cannot_be_paid()
    {
        await using var sim = await Sim.StartAsync();
        using var browser = Browser();
        var session = await sim.Post("/v1/checkout/sessions", Sim.Order(500));
        await sim.Act("clock/advance", "seconds=86401");
        (await sim.Get($"/v1/checkout/sessions/{session.Id}")).Text("status").ShouldBe("expired");
        (await browser.GetStringAsync(session.Text("url"), TestContext.Current.CancellationToken)).ShouldContain("expired");
        (await Submit(browser, session.Text("url")!, "pay")).ShouldBeNull();
        (await sim.Get("/v1/charges")).Json["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_caller_wrote_is_shown_as_text()
    {
        await using var sim = await Sim.StartAsync();
        using var browser = Browser();
        var session = await sim.Post("/v1/checkout/sessions", Sim.Order(500).Replace("Dataset", "<script>alert(1)</script>"));
        (await browser.GetStringAsync(session.Text("url"), TestContext.Current.CancellationToken)).ShouldNotContain("<script>");
    }

    [Fact]
    public async Task An_onboarding_link_works_once()
    {
        await using var sim = await Sim.StartAsync();
        using var browser = Browser();
        var account = await sim.Post("/v1/accounts", "type=express&capabilities[transfers][requested]=true");
        var link = await sim.Post("/v1/account_links", $"account={account.Id}&type=account_onboarding"
            + "&refresh_url=http://shop.test/again&return_url=http://shop.test/done");
        (await Submit(browser, link.Text("url")!, "later")).ShouldBe("http://shop.test/done");
        (await sim.Get($"/v1/accounts/{account.Id}")).Json["details_submitted"]!.GetValue<bool>().ShouldBeFalse();
        (await Submit(browser, link.Text("url")!, "complete")).ShouldBe("http://shop.test/done");
        (await sim.Get($"/v1/accounts/{account.Id}")).Json["capabilities"]!["transfers"]!.GetValue<string>().ShouldBe("active");
        (await browser.GetAsync(link.Text("url"), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    static HttpClient Browser() => new(new SocketsHttpHandler { AllowAutoRedirect = false });

    static async Task<string?> Submit(HttpClient browser, string url, string action)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["action"] = action, ["email"] = "a@example.com", ["card"] = "4242424242424242",
        });
        var response = await browser.PostAsync(url, form, TestContext.Current.CancellationToken);
        return response.Headers.Location?.OriginalString;
    }
}
