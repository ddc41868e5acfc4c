using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tallystick.StripeSimulator.Tests.Support;

internal sealed record Delivery(string Body, string Signature)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public string Id => Json["id"]!.GetValue<string>();

    public string Type => Json["type"]!.GetValue<string>();

    public JsonObject Object => Json["data"]!["object"]!.AsObject();
}

/// <summary>A webhook endpoint that keeps what it gets and refuses the first deliveries when told to.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    readonly WebApplication app;
    int refusals;

    Receiver(WebApplication app, int refusals) => (this.app, this.refusals) = (app, refusals);

    public ConcurrentQueue<Delivery> Deliveries { get; } = new();

    public string Url => $"{app.Urls.Single()}/hook";

    public static async Task<Receiver> StartAsync(int refusals = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new Receiver(builder.Build(), refusals);
        receiver.app.MapPost("/hook", receiver.Receive);
        await receiver.app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Waits until this many deliveries have come; fails after ten seconds.</summary>
    public async Task<List<Delivery>> Wait(int count)
    {
        for (var i = 0; Deliveries.Count < count && i < 200; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Deliveries.Count.ShouldBeGreaterThanOrEqualTo(count);
        return [.. Deliveries];
    }

    async Task Receive(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        Deliveries.Enqueue(new Delivery(body, http.Request.Headers["Stripe-Signature"].ToString()));
        http.Response.StatusCode = Interlocked.Decrement(ref refusals) >= 0 ? 503 : 200;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
