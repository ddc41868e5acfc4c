using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Tallystick.Core.Json;
using Tallystick.Gate.Credentials;
using Tallystick.Gate.Credit;
using Tallystick.Gate.Delivery;
using Tallystick.Gate.Feed;
using Tallystick.Gate.Metering;
using Tallystick.Hosting;
using Tallystick.Hosting.Listening;

namespace Tallystick.Gate;

/// <summary>The composition root: what a gate is made of and where a request goes.</summary>
internal static class GateApp
{
    private const int HeaderBytesMost = 32 * 1024;
    private const int BodyBytesMost = 1024;

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        var checkedOptions = new CheckedOptions(builder.Configuration);
        var options = checkedOptions.Add<GateOptions>(builder.Services, "Gate");
        checkedOptions.ThrowIfInvalid();

        builder.Logging.AddLogLines();
        var services = builder.Services;
        if (!services.Any(s => s.ServiceType == typeof(TimeProvider)))
        {
            services.AddSingleton(TimeProvider.System);
        }

        services.AddSingleton(_ => new FolderLock(options.DataFolder));
        services.AddSingleton<GateClock>();
        services.AddSingleton<GateInstance>();
        services.AddSingleton<EpochTokens>();
        services.AddSingleton<LinkMemory>();
        services.AddSingleton<SetAsideEvents>();
        services.AddSingleton<LocalLog>();
        services.AddSingleton<GateLink>();
        services.AddSingleton<GateMetrics>();
        services.AddSingleton<UpstreamServer>();
        services.AddSingleton<ContentFaults>();
        services.AddSingleton<BlobCache>();
        services.AddSingleton<ContentCheck>();
        services.AddHostedService<WatchContent>();
        services.AddSingleton<Catalog>();
        services.AddSingleton<Licences>();
        services.AddSingleton<TokenCache>();
        services.AddSingleton<UsesElsewhere>();
        services.AddSingleton<LeaseBroker.Settings>();
        services.AddSingleton<LeaseBroker>();
        services.AddSingleton<RequestIds>();
        services.AddSingleton<RefuseAccess>();
        services.AddSingleton<ListFiles>();
        services.AddSingleton<DeliverBody.Instruments>();
        services.AddSingleton<DeliverBody>();
        services.AddSingleton<DeliverAtOnce>();
        services.AddSingleton<DeliverContent.Surroundings>();
        services.AddSingleton<DeliverContent>();
        services.AddSingleton<DeliverFile.Surroundings>();
        services.AddSingleton<DeliverFile>();
        services.AddSingleton<AnswerBroken>();
        services.AddSingleton<GateReadiness>();
        services.AddSingleton<GateHealth.Settings>();
        services.AddSingleton<GateHealth>();
        services.AddSingleton<EpochKeeper.Settings>();
        services.AddSingleton<EpochKeeper>();
        services.AddSingleton<FeedFollower.Settings>();
        services.AddHostedService<FeedFollower>();
        services.AddSingleton<UsageUploader.Settings>();
        services.AddSingleton<UsageUploader>();
        services.AddHostedService(s => s.GetRequiredService<UsageUploader>());
        services.AddSingleton<StateReporter.Settings>();
        services.AddHostedService<StateReporter>();
        services.AddSingleton<LeaseKeeper.Settings>();
        services.AddHostedService<LeaseKeeper>();
        services.AddTelemetry("tallystick-gate");
        services.AddSingleton(_ => new MetricsText(perRequest: false));
        services.AddProblemAnswers();
        services.ConfigureHttpJsonOptions(json => TallyJson.Apply(json.SerializerOptions));
        builder.AddListening(options.Listening);
        services.Configure<SocketTransportOptions>(SocketBuffers.Bound);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMost;
            kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytesMost;
        });

        var app = builder.Build();
        // Two gates on one folder would give out the same numbers; the log is read back before anyone is answered.
        try
        {
            app.Services.GetRequiredService<FolderLock>();
            app.Services.GetRequiredService<LocalLog>();
            app.UseListening();
            Route(app);
            return app;
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    /// <summary>What this program does when it is called with <c>repair</c>; returns its exit status.</summary>
    public static int Repair(string[] arguments)
    {
        var builder = WebApplication.CreateBuilder();
        var checkedOptions = new CheckedOptions(builder.Configuration);
        var options = checkedOptions.Add<GateOptions>(builder.Services, "Gate");
        checkedOptions.ThrowIfInvalid();
        return RepairLog.Run(options, arguments, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Console.Out);
    }

    // No router and no endpoint middleware: a file is one look-up, and everything that is not a file can wait.
    private static void Route(WebApplication app)
    {
        var catalog = app.Services.GetRequiredService<Catalog>();
        var deliver = app.Services.GetRequiredService<DeliverFile>();
        var broken = app.Services.GetRequiredService<AnswerBroken>();
        var refuse = app.Services.GetRequiredService<RefuseAccess>();
        app.Use(next => context => context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0
            ? refuse.Content(context)
            : next(context));
        app.Use(next => context => catalog.TryFile(context.Request.Path.Value!, out var file) &&
            !Methods.IsOptions(context.Request.Method)
                ? broken.Guard(context, deliver, file)
                : next(context));
        app.UseProblemAnswers();
        app.Run(context => Other(
            context, context.RequestServices.GetRequiredService<GateHealth>(), context.RequestServices.GetRequiredService<ListFiles>(),
            context.RequestServices.GetRequiredService<RefuseAccess>()));
    }

    private static async Task Other(HttpContext context, GateHealth health, ListFiles list, RefuseAccess refuse)
    {
        var path = context.Request.Path.Value ?? "";
        AnswerHeaders.SetAtStart(context);
        if (await health.TryHandle(context))
        {
            return;
        }

        var prefix = path.StartsWith(ListFiles.VersionPrefix, StringComparison.Ordinal) ? ListFiles.VersionPrefix : ListFiles.WorkPrefix;
        if (!path.StartsWith(prefix, StringComparison.Ordinal))
        {
            await refuse.NotFound(context);
            return;
        }

        if (Methods.IsOptions(context.Request.Method))
        {
            await Cors.Preflight(context);
            return;
        }

        if (context.RequestServices.GetRequiredService<GateLink>().IsBehind)
        {
            // What is not known here may be what has not come yet.
            await refuse.Behind(context);
            return;
        }

        var rest = path[prefix.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var folder = slash < 0 ? "" : rest[(slash + 1)..];
        if (folder.Length > 0 && !folder.EndsWith('/'))
        {
            await refuse.NotFound(context);
            return;
        }

        await list.Handle(context, prefix, slash < 0 ? rest : rest[..slash], folder);
    }
}
