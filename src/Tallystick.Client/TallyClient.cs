using System.Text.Json.Nodes;

namespace Tallystick.Client;

/// <summary>
/// The server's API for buyers, creators and operators. Amounts are minor units; times are UTC. A refusal is a
/// <see cref="TallyProblemException"/>; what may be repeated is repeated by itself when the network fails.
/// </summary>
public sealed partial class TallyClient : IDisposable
{
    private readonly TallyHttp _http;
    private readonly TimeProvider _clock;

    /// <summary>A client for one server and one API key.</summary>
    /// <param name="server">Base address, with a slash at the end.</param>
    /// <param name="apiKey"><c>tsk_…</c>, or null for public routes only.</param>
    /// <param name="handler">Replaces the network, for tests.</param>
    /// <param name="clock">Times the pauses between attempts.</param>
    public TallyClient(Uri server, string? apiKey, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        Server = server;
        _clock = clock ?? TimeProvider.System;
        _http = new TallyHttp(server, apiKey, handler, _clock);
    }

    /// <summary>The server's base address.</summary>
    public Uri Server { get; }

    /// <summary>Any GET route, as JSON or as text (<typeparamref name="T"/> = string).</summary>
    public Task<T> Get<T>(string path, CancellationToken stop) => _http.Get<T>(path, stop);

    /// <summary>Any POST route; repeated on failure only with an idempotency key.</summary>
    public Task<T> Post<T>(string path, object? body, CancellationToken stop, string? idempotencyKey = null) =>
        _http.Post<T>(path, body, stop, idempotencyKey);

    /// <summary>Any PUT route.</summary>
    public Task<T> Put<T>(string path, object body, CancellationToken stop) => _http.Put<T>(path, body, stop);

    /// <summary>Any DELETE route.</summary>
    public Task Delete(string path, CancellationToken stop) => _http.Delete<JsonObject?>(path, stop);

    /// <summary>Asks again and again, a second apart, until the answer is there.</summary>
    /// <returns>The first answer that <paramref name="isThere"/> accepts.</returns>
    /// <exception cref="OperationCanceledException">It was not there before <paramref name="stop"/>.</exception>
    public async Task<T> Until<T>(Func<CancellationToken, Task<T>> ask, Func<T, bool> isThere, CancellationToken stop)
    {
        while (true)
        {
            var answer = await ask(stop);
            if (isThere(answer))
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), _clock, stop);
        }
    }

    /// <summary>The parts of a list one after the other, up to a number of items.</summary>
    /// <param name="read">Asks for the part after a key, null for the first: <c>(after, stop) => client.Payouts(after, stop)</c>.</param>
    /// <param name="most">No part is asked for once there are so many.</param>
    public static async Task<Collected<T>> Collect<T>(
        Func<string?, CancellationToken, Task<ListPage<T>>> read, int most, CancellationToken stop)
    {
        var (items, page) = (new List<T>(), default(ListPage<T>));
        do
        {
            page = await read(page?.Next, stop);
            items.AddRange(page.Items);
        }
        while (page.Next is not null && items.Count < most);

        return new([.. items.Take(most)], page.Next is not null || items.Count > most);
    }

    /// <summary>Sends once and hands over the answer, its body unread.</summary>
    internal Task<HttpResponseMessage> Open(HttpRequestMessage request, CancellationToken stop) => _http.Open(request, stop);

    /// <summary>Does again what does no harm when it is done twice, for as long as failures pass.</summary>
    internal Task<T> Persist<T>(Func<Task<T>> attempt, CancellationToken stop) => Patience().Persist(attempt, mayRepeat: true, stop);

    /// <summary>For something that says itself when it moved on.</summary>
    internal Patience Patience() => new(_clock);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Query(params (string Name, object? Value)[] members)
    {
        var given = members.Where(m => m.Value is not null).Select(m => $"{m.Name}={Uri.EscapeDataString(Text(m.Value!))}");
        return string.Join('&', given) is { Length: > 0 } query ? "?" + query : "";
    }

    private static string Text(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        DateTimeOffset time => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };
}

/// <summary>A part of a list.</summary>
/// <param name="Items">In the list's order.</param>
/// <param name="Next">What to pass as <c>after</c> for the next part; null at the end.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? Next = null);

/// <summary>A list as far as it was asked for.</summary>
/// <param name="Items">In the list's order.</param>
/// <param name="More">There are more than these.</param>
public sealed record Collected<T>(IReadOnlyList<T> Items, bool More);
