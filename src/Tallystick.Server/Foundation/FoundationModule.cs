using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Tallystick.Core.Json;
using Tallystick.Hosting;
using Tallystick.Hosting.Listening;

namespace Tallystick.Server.Foundation;

internal static class FoundationModule
{
    public static void AddFoundation(this WebApplicationBuilder builder, CheckedOptions checkedOptions)
    {
        SqlTypes.Register();
        builder.Logging.AddLogLines();
        var options = checkedOptions.Add<FoundationOptions>(builder.Services, "Server");
        builder.AddListening(options.Listening);
        checkedOptions.Add<BudgetOptions>(builder.Services, "Budgets");
        var services = builder.Services;
        services.AddSingleton<Budgets>();
        services.AddSingleton(_ => DataSource(options));
        services.AddSingleton<Database>();
        services.AddSingleton<Migrator>();
        services.AddSingleton<IdSource>();
        services.AddSingleton<WakeUps>();
        services.AddSingleton<Ownership>();
        services.AddSingleton<WorkerHealth>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<EventSubscriptions>();
        services.AddSingleton<EventDispatcher>();
        services.AddSingleton<DeadLetters>();
        services.AddSetAsideKind(DeadLetters.Kind);
        services.AddSingleton<ThinEvents>();
        services.AddSingleton<OutboxBacklog>();
        services.AddSingleton<SetAsideKinds>();
        services.AddSingleton<SetAsides>();
        services.AddSingleton<ListSetAside>();
        services.AddSingleton<ActOnSetAside>();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<FoundationGauges>();
        services.AddGauges<FoundationGauges>((g, stop) => g.Read(stop));
        services.AddGauges<FoundationGauges>((g, stop) => g.Disk(stop));
        services.AddWorker<EventDispatcher>(Outbox.Worker, TimeSpan.FromMilliseconds(500), (d, stop) => d.Step(stop));
        services.AddWorker<ThinEvents>(ThinEvents.Worker, TimeSpan.FromMinutes(10), (t, stop) => t.Step(stop));
        services.TryAddTimeProvider();
        services.AddTelemetry("tallystick-server");
        services.AddProblemAnswers();
        // Otherwise the framework answers 400 without saying what was wrong.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => TallyJson.Apply(json.SerializerOptions));
        services.AddHealthChecks().AddCheck<DatabaseAnswers>("database").AddCheck<WorkerHealth>("workers")
            .AddCheck<DiskSpace>("disk").AddCheck<StopHealth>("stopping");
        services.AddSingleton<DiskSpace>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = BodyLimit.Usual.BytesMost;
            // Whoever looks for a server with a known hole need not ask which one this is.
            kestrel.AddServerHeader = false;
        });
    }

    public static void MapFoundation(this WebApplication app)
    {
        // It counts from the moment it exists: not only from the first time that somebody asks.
        app.Services.GetRequiredService<MetricsText>();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false })
            .AllowAnonymous().WithSummary("The process runs.");
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = Tell })
            .AllowAnonymous().WithSummary("The server can do its work; if not, what is in the way.");
        app.MapGet("/metrics", async (ServerMetrics metrics, CancellationToken stop) =>
            Results.Text(await metrics.Render(stop), "text/plain; version=0.0.4"))
            .RequiresScope(Scope.Operate).WithName("ReadMetrics").WithSummary("Metrics in Prometheus text format.")
            .Produces<string>(contentType: "text/plain");
        ListSetAside.Map(app);
        ActOnSetAside.Map(app);
    }

    // By name and no more: anybody may ask. Why stands on the operator's page.
    private static Task Tell(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var failing = report.Entries.Where(e => e.Value.Status != HealthStatus.Healthy).Select(e => e.Key).Order(StringComparer.Ordinal).ToList();
        return context.Response.WriteAsync(failing.Count == 0 ? "Healthy" : $"Unhealthy: {string.Join(", ", failing)}", context.RequestAborted);
    }

    private static void TryAddTimeProvider(this IServiceCollection services)
    {
        // Tests bring a clock of their own before this runs.
        if (!services.Any(s => s.ServiceType == typeof(TimeProvider)))
        {
            services.AddSingleton(TimeProvider.System);
        }
    }

    private static NpgsqlDataSource DataSource(FoundationOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Database)
        {
            ApplicationName = "tallystick-server",
            MaxPoolSize = options.DatabaseConnectionsMost,
            Timeout = 15,
            CommandTimeout = 60,
            MaxAutoPrepare = 200,
        };
        return new NpgsqlDataSourceBuilder(connection.ConnectionString).Build();
    }

    private sealed class StopHealth(Stopping stopping) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(stopping.HasBegun ? HealthCheckResult.Unhealthy("The server is stopping.") : HealthCheckResult.Healthy());
    }

    private sealed class DatabaseAnswers(NpgsqlDataSource source) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await using var command = source.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
