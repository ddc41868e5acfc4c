using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Licensing;
using Tallystick.Server.Metering;
using Tallystick.Server.Payments;
using Tallystick.Server.Payouts;
using Tallystick.Server.Royalties;
using Tallystick.Server.Tests.Support;
using Tallystick.StripeSimulator.Hosting;

namespace Tallystick.Server.Tests.Simulation;

/// <summary>
/// One server that can be started again, the gateway's simulator, and three gates' secrets; markets that know nothing of each
/// other live in it side by side.
/// </summary>
internal sealed class Town : IAsyncDisposable
{
    private const string Key = "sk_test_town";
    private const string WebhookSecret = "whsec_town";

    private readonly Postgres _postgres;
    private readonly string _database;
    private readonly string _folder = Directory.CreateTempSubdirectory("tally-town-").FullName;
    private readonly int _port = FreePort();
    private readonly TestClock _clock;
    private readonly Dictionary<string, HttpClient> _clients = [];
    private SimulatorHost _simulator = null!;
    private HttpClient _control = null!;

    private Town(Postgres postgres, string database, TestClock clock) =>
        (_postgres, _database, _clock) = (postgres, database, clock);

    public TestServer Server { get; private set; } = null!;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public int FeeBasisPoints { get; private set; } = 1_000;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<Town> Found(Postgres postgres)
    {
        var town = new Town(postgres, await postgres.NewDatabase(), new TestClock());
        var gateway = FreePort();
        town._simulator = await SimulatorHost.StartAsync(
            new SimulatorOptions
            {
                Port = gateway,
                SecretKey = Key,
                WebhookUrl = $"http://127.0.0.1:{town._port}/webhooks/stripe",
                WebhookSecret = WebhookSecret,
                SettlementSeconds = 2 * 86_400,
            },
            town._clock,
            Stop);
        town._control = new HttpClient { BaseAddress = new Uri(town._simulator.Url) };
        await town.Start();
        return town;
    }

    public static string Secret(string gate) => $"tgk_{gate}-gate-of-a-town-0123456789abcdefghij";

    /// <summary>Ends the server as it stands and starts it again, sometimes with another fee for what is granted from then on.</summary>
    public async Task Restart(int feeBasisPoints)
    {
        await Server.DisposeAsync();
        FeeBasisPoints = feeBasisPoints;
        await Start();
    }

    /// <summary>One client for each who calls, over every restart: the address stays.</summary>
    public HttpClient Client(string bearer)
    {
        if (!_clients.TryGetValue(bearer, out var client))
        {
            _clients[bearer] = client = Server.Client(bearer);
        }

        return client;
    }

    public void Pass(TimeSpan time) => _clock.Advance(time);

    /// <summary>What a person, a bank or time does at the gateway.</summary>
    public async Task<JsonObject> At(string path, params (string Name, string Value)[] form)
    {
        using var content = Form(form);
        return await _control.PostAsync($"/_sim/{path}", content, Stop).Json();
    }

    /// <summary>What the operator does in the gateway's own dashboard; false when the gateway refuses.</summary>
    public async Task<bool> AtGateway(string path, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{path}")
        {
            Content = Form(form),
            Headers = { Authorization = new("Bearer", Key) },
        };
        using var answer = await _control.SendAsync(request, Stop);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Everybody has heard everything and nobody has anything left to do.</summary>
    public async Task Quiet()
    {
        await At("webhooks", ("mode", "deliver"));
        await At("webhooks/release", ("order", "shuffled"));
        Pass(TimeSpan.FromMinutes(15));
        await Eventually.Holds(
            async () =>
            {
                Wake();
                // In this order: what was delivered waits here by then.
                return await Undelivered() == 0 && await Undone() == 0;
            },
            "that the town is quiet");
    }

    /// <summary>Bills all that is sealed, to the end.</summary>
    public async Task Bill()
    {
        await Eventually.Holds(
            async () =>
            {
                Wake();
                return await Count("select count(*) from metering.emitter where sealed_seq < acknowledged_seq") == 0;
            },
            "that all usage is sealed");
        Pass(TimeSpan.FromSeconds(2));
        var op = Client(TestServer.OperatorKey);
        var run = await op.PostAsJsonAsync("/v1/billing-runs", new { up_to = Now }, Stop).Json();
        await Eventually.Holds(
            async () => (string)(await op.GetAsync($"/v1/billing-runs/{run["billing_run_id"]}", Stop).Json())["state"]! == "closed",
            "that the run is closed");
    }

    /// <summary>The operator decides whatever waits for a decision about money, by chance.</summary>
    public async Task Decide(Random random)
    {
        var open = await Server.Database.Query<(long Id, string Kind)>(
            "select id, kind from foundation.set_aside where state = 'open' and kind = any(@Kinds) order by id",
            new { Kinds = Decisions.Keys.ToArray() }, Stop);
        foreach (var (id, kind) in open)
        {
            var chosen = Decisions[kind][random.Next(Decisions[kind].Length)];
            // What nobody has any more nobody can bear; what has ended meanwhile needs no decision.
            foreach (var action in new[] { chosen, Decisions[kind][^1] })
            {
                using var answer = await Client(TestServer.OperatorKey).PostAsync($"/v1/set-aside/{id}/{action}", null, Stop);
                if (answer.IsSuccessStatusCode)
                {
                    break;
                }

                answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            }
        }
    }

    /// <summary>Our journal and the gateway's own books say the same, to the unit.</summary>
    public async Task BooksAgree(string where)
    {
        var totals = await _control.GetAsync("/_sim/totals", Stop).Json();
        totals["balanced"]!.GetValue<bool>().ShouldBeTrue(where);
        var platform = totals["accounts"]![totals["platform"]!.ToString()]!["usd"];
        var theirs = (platform?["available"]?.GetValue<long>() ?? 0) + (platform?["pending"]?.GetValue<long>() ?? 0);
        var ours = await Balance(AccountKind.GatewayAvailable) + await Balance(AccountKind.GatewayPending);
        ours.ShouldBe(theirs, ours == theirs ? where : $"{where}: {await NotInOurBooks()}");
        var checks = await Server.Services.GetRequiredService<CheckBooks>().Handle(Stop);
        checks.Checks.SelectMany(c => c.Differences).ShouldBeEmpty(where);
    }

    public async Task<long> Balance(LedgerAccount account) =>
        (await Server.Services.GetRequiredService<Books>().Balance(account, Stop)).Minor;

    public Task<long> Balance(AccountKind kind) => Balance(LedgerAccount.Of(kind, Currency.Usd));

    public Task<long> Count(string sql, object? arguments = null) =>
        Server.Database.QueryOne<long>(sql, arguments, Stop)!;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _simulator.DisposeAsync();
        _control.Dispose();
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task Start() => Server = await TestServer.Start(
        _postgres,
        new()
        {
            ["Payments:StripeUrl"] = _simulator.Url,
            ["Payments:StripeSecretKey"] = Key,
            ["Payments:StripeWebhookSecret"] = WebhookSecret,
            ["Payments:SweepAfterSeconds"] = "1",
            ["Royalties:PlatformFeeBasisPoints"] = $"{FeeBasisPoints}",
            ["Access:GateSecrets:north"] = Secret("north"),
            ["Access:GateSecrets:south"] = Secret("south"),
            ["Access:GateSecrets:rogue"] = Secret("rogue"),
        },
        _database,
        _folder,
        clock: _clock,
        port: _port);

    /// <summary>What the gateway has moved and nobody has posted, for whoever reads why a market failed.</summary>
    private async Task<string> NotInOurBooks()
    {
        var told = (await ReadGateway("balance_transactions?limit=100"))["data"]!.AsArray()
            .Select(t => $"{t!["id"]} {t["type"]} {t["source"]} {t["net"]}").ToList();
        var known = await Server.Database.Query<string>(
            "select id from payments.balance_transaction union select id from payments.movement where state = 'booked'", null, Stop);
        var payouts = await Server.Database.Query<string>(
            "select state || ' ' || count(*) || ' ' || sum(minor) from payouts.payout group by state", null, Stop);
        return string.Join("; ", told.Where(t => !known.Contains(t.Split(' ')[0])).Concat(payouts));
    }

    private async Task<JsonObject> ReadGateway(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/{path}") { Headers = { Authorization = new("Bearer", Key) } };
        return await _control.SendAsync(request, Stop).Json();
    }

    private Task<long> Undone() => Count(
        """
        select (select count(*) from foundation.delivery)
          + (select count(*) from payments.inbound where state = 'received')
          + (select count(*) from payments.wallet_refund_part where state = 'queued')
          + (select count(*) from payments.checkout where refund_requested_at is not null)
          + (select count(*) from payouts.payout where state in ('sending', 'unknown')
              or (state in ('queued', 'blocked') and due_at <= @Now))
          + (select count(*) from payments.payout_account where account_id is not null and check_at <= @Now)
          + (select count(*) from payments.dispute where state in ('open', 'warning') and check_at <= @Now)
          + (select count(*) from payments.movement where state = 'new' and due_at <= @Now)
          + (select count(*) from payments.sweep where due_at <= @Now)
        """,
        // Whatever is due may be worked on at any moment, and may make something else due.
        new { Now });

    private async Task<int> Undelivered() =>
        (await _control.GetAsync("/_sim/webhooks", Stop).Json())["undelivered"]!.AsArray().Count;

    private void Wake()
    {
        var wakeUps = Server.Services.GetRequiredService<WakeUps>();
        foreach (var worker in Workers)
        {
            wakeUps.Wake(worker);
        }
    }

    private static readonly Dictionary<string, string[]> Decisions = new()
    {
        [UncoveredRefunds.Kind.Name] = ["creators_bear", "operator_bears"],
        [RevocationCases.Kind.Name] = ["creator_owes", "operator_bears", "dismiss"],
    };

    private static readonly string[] Workers =
    [
        Outbox.Worker, SweepGateway.Worker, ProcessInbound.Worker, BookMovements.Worker, SweepCheckouts.Worker,
        SweepDisputes.Worker, SettleBalance.Worker, SendWalletRefunds.Worker, CollectDebts.Worker, SyncPayoutAccount.Worker,
        SendPayouts.Worker, RollUpUsage.Worker, RepeatedUses.Worker, SealDue.Worker, RunBilling.Worker,
    ];

    private static FormUrlEncodedContent Form((string Name, string Value)[] form) =>
        new(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
