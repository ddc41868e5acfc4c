using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Tests.Support;

/// <summary>The whole server in this process, on a free loopback port, with a database and a data folder of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    /// <summary>The operator's API key of every test server.</summary>
    public const string OperatorKey = "tsk_operator-of-a-test-server-0123456789";

    /// <summary>The secret of the gate that every test server knows.</summary>
    public const string GateSecret = "tgk_gate-of-a-test-server-0123456789abcdef";

    private readonly WebApplication _app;

    private TestServer(WebApplication app, TestClock clock, string url, string folder) =>
        (_app, Clock, Url, Folder) = (app, clock, url, folder);

    public TestClock Clock { get; }

    public string Url { get; }

    public string Folder { get; }

    public IServiceProvider Services => _app.Services;

    public Database Database => Services.GetRequiredService<Database>();

    /// <summary>What a server needs at least, also one that is started as a process of its own.</summary>
    public static Dictionary<string, string?> Settings(string database, string folder) => new()
    {
        ["Server:Database"] = database,
        ["Server:PublicUrl"] = "http://server.test",
        ["Server:GateUrl"] = "http://gate.test",
        ["Server:DataFolder"] = folder,
        ["Accounts:OperatorKey"] = OperatorKey,
        ["Access:GateSecrets:edge"] = GateSecret,
        ["Accounts:SignUpsPerAddress"] = "100000",
        // What an operator sets against fraud is told by the tests about it; everywhere else money goes its way at once.
        ["Royalties:NewPayeeHoldbackBasisPoints"] = "0",
        ["Payments:TopUpsPerDayMost"] = "0",
        ["Payments:TopUpMinorPerDayMost"] = "0",
        ["Payments:WalletRefundFee"] = "none",
    };

    /// <summary>
    /// Settings are keys below <c>Tally:</c>, for example <c>Server:GateUrl</c>, null for what the server has by itself; <paramref name="log"/> hears every level; <paramref name="services"/>
    /// adds what only a test has. One that is started again keeps database, folder, clock and port.
    /// </summary>
    public static async Task<TestServer> Start(
        Postgres postgres, Dictionary<string, string?>? settings = null, string? database = null, string? folder = null,
        ILoggerProvider? log = null, Action<IServiceCollection>? services = null, TestClock? clock = null, int port = 0)
    {
        clock ??= new TestClock();
        folder ??= Directory.CreateTempSubdirectory("tally-test-").FullName;
        var all = Settings(database ?? await postgres.NewDatabase(), folder);
        foreach (var (key, value) in settings ?? [])
        {
            all[key] = value;
        }

        foreach (var key in all.Where(s => s.Value is null).Select(s => s.Key).ToList())
        {
            all.Remove(key);
        }

        var app = ServerApp.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(
                all.Select(s => KeyValuePair.Create($"Tally:{s.Key}", s.Value)));
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            if (log is not null)
            {
                // Whatever the configuration leaves out for the console.
                builder.Logging.AddProvider(log).Services.Configure<LoggerFilterOptions>(filters =>
                    filters.Rules.Add(new(log.GetType().FullName, null, LogLevel.Trace, null)));
            }

            builder.Services.AddSingleton<TimeProvider>(clock);
            services?.Invoke(builder.Services);
        });
        try
        {
            await app.StartAsync();
        }
        catch
        {
            // What a refused start leaves running would outlive its database.
            await app.DisposeAsync();
            throw;
        }

        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new TestServer(app, clock, url, folder);
    }

    public HttpClient Client(string? bearer = null)
    {
        var client = new HttpClient { BaseAddress = new Uri(Url) };
        if (bearer is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        }

        return client;
    }

    /// <param name="now">Cancelled, it stops without regard to what is under way.</param>
    public Task Stop(CancellationToken now = default) => _app.StopAsync(now);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
