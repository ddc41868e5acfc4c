using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>Server, gate and the payment simulator as processes of their own, on a database of their own.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private const string OperatorKey = "tsk_operator-of-a-fault-test-0123456789";
    public const int CheckpointBytes = 256 * 1024;
    private const string GateSecret = "tgk_gate-of-a-fault-test-0123456789abcdef";
    private const string StripeKey = "sk_test_faults";
    private const string WebhookSecret = "whsec_faults";
    private static int _count;

    /// <summary>What its processes know each other by.</summary>
    public static readonly string[] Secrets = [OperatorKey, GateSecret, StripeKey, WebhookSecret];

    private readonly string _folder;
    private readonly string _database;

    private Stage(string admin, string database, Dictionary<string, string> settings)
    {
        (_database, Admin) = (database, admin);
        _folder = Directory.CreateTempSubdirectory("tally-faults-").FullName;
        var ports = FreePorts();
        Place = new(Url(ports[0]), Url(ports[1]), Url(ports[2]), OperatorKey, () => Connection) { GateDeaths = () => Gate!.Deaths };
        foreach (var part in (string[])["server", "server/blobs", "gate"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, part));
        }

        Server = new("Tallystick.Server", [], With(ServerEnvironment(), settings));
        Gate = new("Tallystick.Gate", [], With(GateEnvironment(), settings));
        Stripe = new(
            "Tallystick.StripeSimulator",
            [
                "--port", ports[2].ToString(CultureInfo.InvariantCulture), "--secret-key", StripeKey, "--data", Path.Combine(_folder, "stripe.journal"),
                "--webhook-url", Place.ServerUrl + "/webhooks/stripe", "--webhook-secret", WebhookSecret,
            ],
            new Dictionary<string, string>());
    }

    /// <summary>Where the story takes place.</summary>
    public Place Place { get; }

    public Supervised Server { get; }

    public Supervised Gate { get; }

    public Supervised Stripe { get; }

    private string Admin { get; }

    private string Connection => new NpgsqlConnectionStringBuilder(Admin) { Database = _database }.ConnectionString;

    /// <param name="settings">Further variables in the environment of server and gate.</param>
    public static async Task<Stage> Open(Dictionary<string, string>? settings = null)
    {
        var admin = Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES");
        Assert.SkipWhen(admin is null, "TALLY_TEST_POSTGRES names no PostgreSQL: ./tally test starts one");
        var name = $"tally_faults_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        await Sql(admin!, $"create database {name}");
        var stage = new Stage(admin!, name, settings ?? []);
        stage.Stripe.Begin();
        stage.Server.Begin();
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        await Gate.DisposeAsync();
        await Server.DisposeAsync();
        await Stripe.DisposeAsync();
        await Sql(Admin, $"drop database {_database} with (force)");
        Directory.Delete(_folder, recursive: true);
    }

    private Dictionary<string, string> ServerEnvironment() => new()
    {
        ["ASPNETCORE_URLS"] = Place.ServerUrl,
        ["Tally__Server__PublicUrl"] = Place.ServerUrl,
        ["Tally__Server__GateUrl"] = Place.GateUrl,
        ["Tally__Server__DataFolder"] = Path.Combine(_folder, "server"),
        ["Tally__Server__Database"] = Connection,
        ["Tally__Accounts__OperatorKey"] = OperatorKey,
        ["Tally__Access__GateSecrets__local"] = GateSecret,
        ["Tally__Payments__StripeUrl"] = Place.StripeUrl,
        ["Tally__Payments__StripeSecretKey"] = StripeKey,
        ["Tally__Payments__StripeWebhookSecret"] = WebhookSecret,
        ["Tally__Payments__SweepAfterSeconds"] = "2",
        // Crashes in the middle of payouts need payouts.
        ["Tally__Royalties__NewPayeeHoldbackBasisPoints"] = "0",
        ["Tally__Payments__GatewayTimeoutSeconds"] = "3",
        ["Tally__Payments__GatewayTriesMost"] = "2",
        ["Tally__Metering__SealAfter"] = "00:00:00.3",
    };

    private Dictionary<string, string> GateEnvironment() => new()
    {
        ["ASPNETCORE_URLS"] = Place.GateUrl,
        ["Tally__Gate__Secret"] = GateSecret,
        ["Tally__Gate__ServerUrl"] = Place.ServerUrl,
        ["Tally__Gate__PublicUrl"] = Place.GateUrl,
        ["Tally__Gate__DataFolder"] = Path.Combine(_folder, "gate"),
        ["Tally__Gate__BlobFolder"] = Path.Combine(_folder, "server", "blobs"),
        ["Tally__Gate__CheckpointBytes"] = CheckpointBytes.ToString(CultureInfo.InvariantCulture),
        ["Tally__Gate__UploadLingerMilliseconds"] = "20",
        ["Tally__Gate__FeedWaitSeconds"] = "1",
    };

    private static async Task Sql(string admin, string sql)
    {
        await using var source = NpgsqlDataSource.Create(admin + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static Dictionary<string, string> With(Dictionary<string, string> environment, Dictionary<string, string> more)
    {
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return environment;
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static int[] FreePorts()
    {
        var listeners = Enumerable.Range(0, 3).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
