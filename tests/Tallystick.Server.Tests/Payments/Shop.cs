using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments;
using Tallystick.Server.Tests.Support;
using Tallystick.StripeSimulator.Hosting;

namespace Tallystick.Server.Tests.Payments;

/// <summary>A server and the gateway's simulator that talk to each other over HTTP, on one clock.</summary>
internal sealed class Shop : IAsyncDisposable
{
    private const string Key = "sk_test_shop";
    private const string Secret = "whsec_shop";
    private readonly HttpClient _control;
    private readonly SimulatorHost _simulator;

    private Shop(TestServer server, SimulatorHost simulator) =>
        (Server, _simulator, _control) = (server, simulator, new HttpClient { BaseAddress = new Uri(simulator.Url) });

    public TestServer Server { get; }

    public Database Database => Server.Database;

    public Books Books => Server.Services.GetRequiredService<Books>();

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<Shop> Open(Postgres postgres, bool webhooks = true, Dictionary<string, string?>? more = null,
        string? connectSecret = null)
    {
        var port = FreePort();
        var settings = new Dictionary<string, string?>
        {
            ["Payments:StripeUrl"] = $"http://127.0.0.1:{port}",
            ["Payments:StripeSecretKey"] = Key,
            ["Payments:StripeWebhookSecret"] = Secret,
            ["Payments:GatewayTimeoutSeconds"] = "3",
            ["Payments:GatewayTriesMost"] = "2",
            ["Royalties:PlatformFeeBasisPoints"] = "1500",
        };
        foreach (var (name, value) in more ?? [])
        {
            settings[name] = value;
        }

        var server = await TestServer.Start(postgres, settings);
        var simulator = await SimulatorHost.StartAsync(
            new SimulatorOptions
            {
                Port = port,
                SecretKey = Key,
                WebhookUrl = webhooks ? $"{server.Url}/webhooks/stripe" : null,
                WebhookSecret = webhooks ? Secret : "",
                ConnectWebhookSecret = connectSecret,
                SettlementSeconds = 2 * 86_400,
            },
            server.Clock,
            Stop);
        return new Shop(server, simulator);
    }

    /// <summary>What a person, a bank or time does at the gateway.</summary>
    public async Task<JsonObject> At(string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await _control.PostAsync($"/_sim/{path}", content, Stop).Json();
    }

    /// <summary>What the operator does in the gateway's own dashboard.</summary>
    public async Task<JsonObject> AtGateway(string path, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{path}")
        {
            Content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value))),
            Headers = { Authorization = new("Bearer", Key) },
        };
        return await _control.SendAsync(request, Stop).Json();
    }

    public async Task<JsonObject> ReadGateway(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/{path}") { Headers = { Authorization = new("Bearer", Key) } };
        return await _control.SendAsync(request, Stop).Json();
    }

    public async Task<string> NewestRefund() => (await ReadGateway("refunds?limit=1"))["data"]![0]!["id"]!.ToString();

    /// <summary>Another system of the operator's sells over the same account, and refunds it.</summary>
    public async Task ForeignPayment(long cents)
    {
        var session = await AtGateway(
            "checkout/sessions", ("mode", "payment"), ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", $"{cents}"),
            ("line_items[0][price_data][product_data][name]", "Theirs"), ("success_url", "http://theirs.test/"));
        var paid = await At($"sessions/{session["id"]}/pay", ("card", "4000000000000077"));
        await AtGateway("refunds", ("payment_intent", paid["payment_intent"]!.ToString()), ("amount", "100"));
    }

    /// <summary>A creator opens a payout account and answers what the gateway wants to know; answers the gateway's name for it.</summary>
    public async Task<string> OpenAccount(Member creator, string country = "US")
    {
        var link = await creator.Http.PostAsJsonAsync("/v1/payout-account", new { country }, Stop).Json();
        await At($"onboarding/{link["onboarding_url"]!.ToString().Split('/')[^1]}");
        JsonObject shown = [];
        await Eventually.Holds(async () =>
        {
            shown = await creator.Http.GetAsync("/v1/payout-account", Stop).Json();
            return shown["transfers"]!.ToString() == "active";
        });
        return shown["account_id"]!.ToString();
    }

    public async Task<JsonObject> Totals() => await _control.GetAsync("/_sim/totals", Stop).Json();

    /// <summary>Opens a checkout for a purchase, as the route does once it has looked the offer up.</summary>
    public async Task<PurchaseId> Purchase(
        Member buyer, Member creator, long cents, int refundDays = 7, Currency? currency = null)
    {
        var id = Server.Services.GetRequiredService<Hosting.IdSource>().New<PurchaseId>();
        var opened = await Server.Services.GetRequiredService<Checkouts>().Open(
            new WantedCheckout(
                id.Value, "purchase", buyer.Organisation, $"key-{id}", new OfferId(id.Value), new WorkId(id.Value),
                creator.Organisation, "Digits", new Money(cents, currency ?? Currency.Usd), refundDays, "http://shop.test/a",
                "http://shop.test/b"),
            Stop);
        opened.Value.State.ShouldBe("open");
        return id;
    }

    public async Task Pay(PurchaseId id, string card = "4242424242424242")
    {
        var session = await Database.QueryOne<string>(
            "select session_id from payments.checkout where id = @Value", new { id.Value }, Stop);
        await At($"sessions/{session}/pay", ("card", card));
    }

    public async Task TopUp(Member buyer, long cents, string card = "4000000000000077")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/wallet/top-ups")
        {
            Content = JsonContent.Create(new { amount = new { minor = cents, currency = "USD" } }),
            Headers = { { "Idempotency-Key", $"top-up-{Guid.CreateVersion7()}" } },
        };
        var made = await buyer.Http.SendAsync(request, Stop).Json();
        var session = ((string)made["checkout_url"]!).Split('/')[^1];
        var stored = await Database.QueryOne<string>(
            "select session_id from payments.checkout where checkout_url = @Url",
            new { Url = (string)made["checkout_url"]! },
            Stop);
        await At($"sessions/{stored ?? session}/pay", ("card", card));
    }

    public async Task<long> Balance(LedgerAccount account) =>
        (await Server.Services.GetRequiredService<Books>().Balance(account, Stop)).Minor;

    public Task<long> Balance(AccountKind kind) => Balance(LedgerAccount.Of(kind, Currency.Usd));

    public Task Holds(AccountKind kind, long minor) => Holds(LedgerAccount.Of(kind, Currency.Usd), minor);

    public Task Holds(LedgerAccount account, long minor) =>
        Eventually.Holds(async () => await Balance(account) == minor, $"{account} = {minor}");

    public Task Status(PurchaseId id, Member buyer, string status) => Eventually.Holds(
        async () => (string)(await buyer.Http.GetAsync($"/v1/purchases/{id}", Stop).Json())["status"]! == status,
        $"{id} is {status}");

    public async Task BooksHold() =>
        (await Server.Services.GetRequiredService<CheckBooks>().Handle(Stop)).Checks
            .SelectMany(c => c.Differences).ShouldBeEmpty();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _simulator.DisposeAsync();
        _control.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
