using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Tallystick.StripeSimulator.Engine;

namespace Tallystick.StripeSimulator.Webhooks;

/// <summary>
/// Posts events until they are confirmed with 2xx, with a growing pause between attempts. An admin can hold them back,
/// let them go in another order, and send them more than once.
/// </summary>
internal sealed partial class WebhookSender(
    Simulator simulator, HttpClient http, string url, string secret, string connectSecret, TimeProvider time,
    ILogger<WebhookSender> log)
    : IDisposable
{
    static readonly TimeSpan PauseFirst = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim wake = new(0);
    readonly Lock gate = new();
    readonly Dictionary<string, (int Attempts, DateTimeOffset NextAt)> tried = new(StringComparer.Ordinal);
    readonly Queue<string> released = new();
    bool isHeld;
    int copies = 1;

    public void Dispose() => wake.Dispose();

    public void Wake() => wake.Release();

    /// <summary>Holds new events back or delivers them as they come, each this many times.</summary>
    public void Configure(bool? hold, int? copiesEach)
    {
        lock (gate)
        {
            isHeld = hold ?? isHeld;
            copies = copiesEach ?? copies;
        }

        Wake();
    }

    public (bool IsHeld, int Copies) State()
    {
        lock (gate)
            return (isHeld, copies);
    }

    /// <summary>Delivers the events held so far, in the order given; later ones stay held.</summary>
    public void Release(IEnumerable<string> order)
    {
        lock (gate)
        {
            foreach (var id in order)
                released.Enqueue(id);
        }

        Wake();
    }

    /// <summary>Forgets attempts and orders, for a state that was reset.</summary>
    public void Forget()
    {
        lock (gate)
        {
            tried.Clear();
            released.Clear();
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var pause = await DeliverDueAsync(stop);
            await wake.WaitAsync(pause, stop);
        }
    }

    /// <summary>One post. The timestamp can be set back, to play a replayed delivery.</summary>
    public async Task<int> SendAsync(string body, long ageSeconds, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        // The timestamp is real time, whatever the simulated clock says: receivers compare it with their own.
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds() - ageSeconds;
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.UserAgent.ParseAdd("Stripe/1.0");
        request.Headers.Add("Stripe-Signature", WebhookSignature.Header(
            IsOfConnectedAccount(body) ? connectSecret : secret, timestamp, body));
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            return (int)response.StatusCode;
        }
        // A receiver that is away while we stop, too, is nothing that stopping should fail of.
        catch (Exception failure) when (failure is HttpRequestException or SocketException
            || (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return 0;
        }
    }

    // Only they say whose they are; the field stands at the top of the event.
    static bool IsOfConnectedAccount(string body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.TryGetProperty("account", out _);
    }

    async Task<TimeSpan> DeliverDueAsync(CancellationToken stop)
    {
        var pause = PauseMax;
        foreach (var (id, body) in Due())
        {
            var (attempts, nextAt) = Attempts(id);
            var wait = nextAt - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                pause = wait < pause ? wait : pause;
                continue;
            }

            var status = 0;
            for (var copy = 0; copy < State().Copies; copy++)
                status = await SendAsync(body, 0, stop);
            if (status is >= 200 and < 300)
            {
                lock (gate)
                    tried.Remove(id);
                simulator.Control($"/_sim/events/{id}/delivered", "");
                continue;
            }

            LogRefused(log, id, status, attempts + 1);
            var next = PauseFirst * Math.Pow(2, Math.Min(attempts, 10));
            next = next < PauseMax ? next : PauseMax;
            lock (gate)
                tried[id] = (attempts + 1, time.GetUtcNow() + next);
            pause = next < pause ? next : pause;
        }

        return pause;
    }

    // While events are held only those released go out, and those that were refused before keep being tried.
    List<(string Id, string Body)> Due()
    {
        List<string> order = [];
        lock (gate)
        {
            while (released.TryDequeue(out var id))
            {
                tried.TryAdd(id, (0, DateTimeOffset.MinValue));
                order.Add(id);
            }
        }

        return simulator.Read(world =>
        {
            var waiting = world.Undelivered.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
            lock (gate)
            {
                order.AddRange(world.Undelivered.Select(e => e.Id)
                    .Where(id => !order.Contains(id) && (!isHeld || tried.ContainsKey(id))));
            }

            return order.Where(waiting.Contains).Select(id => (id, Simulator.Text(world.Find(id)!.Copy()))).ToList();
        });
    }

    (int Attempts, DateTimeOffset NextAt) Attempts(string id)
    {
        lock (gate)
            return tried.GetValueOrDefault(id, (0, DateTimeOffset.MinValue));
    }

    [LoggerMessage(1, LogLevel.Warning, "Event {Id} was answered with {Status} (0: no answer), attempt {Attempt}")]
    static partial void LogRefused(ILogger log, string id, int status, int attempt);
}
