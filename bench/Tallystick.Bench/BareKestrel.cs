using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Tallystick.Bench;

/// <summary>
/// The baseline: the same Kestrel, the same bytes from memory, one terminal middleware, and neither a licence check nor
/// metering. Runs in a process of its own: <c>--serve-bare FILE</c>.
/// </summary>
internal static class BareKestrel
{
    public const string Flag = "--serve-bare";

    public static async Task Serve(string file)
    {
        var body = await File.ReadAllBytesAsync(file);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
        });
        await app.RunAsync();
    }
}
