using System.Net;
using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Hosting;

namespace Tallystick.StripeSimulator.Tests.Support;

/// <summary>An answer of the simulator: status, decoded body, headers.</summary>
internal sealed record Answered(HttpStatusCode Status, JsonObject Json, HttpResponseMessage Response)
{
    public string Id => Json["id"]!.GetValue<string>();

    public JsonObject Error => Json["error"]!.AsObject();

    public string? Text(string field) => Json[field]?.GetValue<string>();

    public long Long(string field) => Json[field]!.GetValue<long>();

    public string? Header(string name) => Response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}

/// <summary>A simulator in this process and a bare HTTP client for it: what is tested is the wire.</summary>
internal sealed class Sim : IAsyncDisposable
{
    public const string SecretKey = "sk_test_tallystick";
    public const string WebhookSecret = "whsec_dGFsbHlzdGljaw";

    readonly SimulatorHost host;

    Sim(SimulatorHost host)
    {
        this.host = host;
        Http = new HttpClient { BaseAddress = new Uri(host.Url), Timeout = TimeSpan.FromSeconds(20) };
    }

    public HttpClient Http { get; }

    public string Url => host.Url;

    public static async Task<Sim> StartAsync(string? webhookUrl = null, string? data = null, long settlementSeconds = 172_800) =>
        new(await SimulatorHost.StartAsync(
            new SimulatorOptions
            {
                SecretKey = SecretKey,
                WebhookUrl = webhookUrl,
                WebhookSecret = WebhookSecret,
                DataPath = data,
                SettlementSeconds = settlementSeconds,
            },
            TimeProvider.System, TestContext.Current.CancellationToken));

    public Task<Answered> Post(string path, string form, string? key = null, string? account = null, string? bearer = SecretKey) =>
        Send(HttpMethod.Post, path, form, key, account, bearer);

    public Task<Answered> Get(string path, string? account = null) => Send(HttpMethod.Get, path, null, null, account, SecretKey);

    /// <summary>An admin command that must succeed.</summary>
    public async Task<Answered> Act(string path, string form = "")
    {
        var answered = await Post($"/_sim/{path}", form, bearer: null);
        answered.Status.ShouldBe(HttpStatusCode.OK, answered.Json.ToJsonString());
        return answered;
    }

    public async Task<Answered> Send(
        HttpMethod method, string path, string? form, string? key, string? account, string? bearer, string? version = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (form is not null)
            request.Content = new StringContent(form, null, "application/x-www-form-urlencoded");
        foreach (var (name, value) in new[]
        {
            ("Authorization", bearer is null ? null : $"Bearer {bearer}"), ("Idempotency-Key", key),
            ("Stripe-Account", account), ("Stripe-Version", version),
        })
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answered(response.StatusCode, JsonNode.Parse(body)!.AsObject(), response);
    }

    public static string Order(long amount, string currency = "usd", string more = "") =>
        $"mode=payment&line_items[0][price_data][currency]={currency}&line_items[0][price_data][unit_amount]={amount}"
        + "&line_items[0][price_data][product_data][name]=Dataset&line_items[0][quantity]=1"
        + $"&success_url=http://shop.test/done?s={{CHECKOUT_SESSION_ID}}{more}";

    /// <summary>A paid charge; available at once unless told otherwise.</summary>
    public async Task<Answered> Charge(long amount, string currency = "usd", bool isPending = false, string more = "")
    {
        var session = await Post("/v1/checkout/sessions", Order(amount, currency, more));
        session.Status.ShouldBe(HttpStatusCode.OK, session.Json.ToJsonString());
        var paid = await Act($"sessions/{session.Id}/pay", isPending ? "" : "card=4000000000000077");
        var charges = await Get($"/v1/charges?payment_intent={paid.Text("payment_intent")}");
        return await Get($"/v1/charges/{charges.Json["data"]![0]!["id"]}");
    }

    /// <summary>An onboarded connected account.</summary>
    public async Task<string> Creator(string capabilities = "capabilities[transfers][requested]=true")
    {
        var account = await Post("/v1/accounts", $"type=express&country=US&{capabilities}");
        await Act($"accounts/{account.Id}/onboard");
        return account.Id;
    }

    public async Task<JsonObject> Totals()
    {
        var totals = (await Get("/_sim/totals")).Json;
        totals["balanced"]!.GetValue<bool>().ShouldBeTrue(totals["wrong"]!.ToJsonString());
        return totals;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await host.DisposeAsync();
    }
}
