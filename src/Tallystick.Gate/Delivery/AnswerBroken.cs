using System.Diagnostics;
using Tallystick.Gate.Feed;
using Tallystick.Hosting;

namespace Tallystick.Gate.Delivery;

/// <summary>
/// What nobody foresaw on the way to a file: before the first byte it is a problem like every other, after it the connection
/// breaks. The hosts' exception handler does the same but stands behind a delivery, which costs nothing here when all is well.
/// </summary>
internal sealed partial class AnswerBroken(ILogger<AnswerBroken> log)
{
    public Task Guard(HttpContext context, DeliverFile deliver, FileEntry file)
    {
        AnswerHeaders.Set(context);
        try
        {
            var delivery = deliver.Handle(context, file);
            return delivery.IsCompletedSuccessfully ? delivery : Finish(context, delivery);
        }
        catch (Exception failure)
        {
            return Answer(context, failure);
        }
    }

    private async Task Finish(HttpContext context, Task delivery)
    {
        try
        {
            await delivery;
        }
        catch (Exception failure)
        {
            await Answer(context, failure);
        }
    }

    private Task Answer(HttpContext context, Exception failure)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told, and a buyer who goes away is no fault.
            context.Abort();
            return Task.CompletedTask;
        }

        var trace = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
        LogBroken(failure, trace);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        AnswerHeaders.Set(context);
        Cors.Allow(context);
        context.Response.Headers.CacheControl = "no-store";
        return Problems.Internal.With("The failure was recorded under this trace id.").ToHttp().ExecuteAsync(context);
    }

    [LoggerMessage(7310, LogLevel.Error, "A delivery broke under trace {Trace}.")]
    private partial void LogBroken(Exception failure, string trace);
}
