using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tallystick.Server;

namespace Tallystick.Bench;

/// <summary>
/// A whole server over HTTP whose market grows by growth.sql. One tenant of the first fill is looked at; whatever is added later
/// belongs to others.
/// </summary>
internal sealed class GrowthWorld : IAsyncDisposable
{
    private const string OperatorKey = "tsk_operator-of-a-growing-server-0123456789";
    private const string GateSecret = "tgk_gate-of-a-growing-server-0123456789abcdef";

    private readonly BenchDatabase _database;
    private readonly TemporaryFolder _folder;
    private readonly WebApplication _app;
    private readonly Dictionary<string, HttpClient> _clients;
    private int _works;

    private GrowthWorld(BenchDatabase database, TemporaryFolder folder, WebApplication app)
    {
        (_database, _folder, _app) = (database, folder, app);
        var url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _clients = new()
        {
            ["nobody"] = Client(url, null), ["tenant"] = Client(url, GrowthCalls.TenantKey), ["operator"] = Client(url, OperatorKey),
            ["gate"] = Client(url, GateSecret),
        };
    }

    public static async Task<GrowthWorld> Start(int works, CancellationToken stop)
    {
        var database = await BenchDatabase.Create("growth", stop);
        var folder = new TemporaryFolder();
        var app = Build(database, folder.Path);
        await app.StartAsync(stop);
        var world = new GrowthWorld(database, folder, app);
        await world.GrowTo(works, stop);
        await world._database.Database.InTransaction(GrowthCalls.LetTenantIn, stop);
        return world;
    }

    /// <summary>Adds others until there are so many works, and their licences, uses and purchases.</summary>
    public async Task GrowTo(int works, CancellationToken stop)
    {
        await _database.Execute(await GrowthCalls.Sql(_works + 1, works), stop);
        _works = works;
    }

    public async Task Ask(string who, string path, CancellationToken stop)
    {
        using var answer = await _clients[who].GetAsync(path, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        // Nobody works for a payment provider here: that the server says so is what it answers.
        if (!answer.IsSuccessStatusCode && path != "/health/ready")
        {
            throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text[..Math.Min(300, text.Length)]}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await _app.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static WebApplication Build(BenchDatabase bench, string folder) => ServerApp.Build([], builder =>
    {
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Tally:Server:Database"] = bench.ConnectionString,
            ["Tally:Server:PublicUrl"] = "http://127.0.0.1",
            ["Tally:Server:GateUrl"] = "http://127.0.0.1",
            ["Tally:Server:DataFolder"] = folder,
            ["Tally:Accounts:OperatorKey"] = OperatorKey,
            ["Tally:Access:GateSecrets:bench"] = GateSecret,
            ["Tally:Payments:StripeUrl"] = "http://127.0.0.1:9",
            ["Tally:Payments:StripeSecretKey"] = "sk_test_bench",
            ["Tally:Payments:StripeWebhookSecret"] = "whsec_bench",
        });
    });

    private static HttpClient Client(Uri url, string? bearer)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html, application/json");
        if (bearer is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        }

        return client;
    }
}
