using System.Text.Json.Nodes;

namespace Tallystick.Client;

/// <summary>
/// The server's API for buyers, creators and operators. Amounts are minor units; times are UTC. A refusal is a
/// <see cref="TallyProblemException"/>; what may be repeated is repeated by itself when the network fails.
/// </summary>
public sealed class TallyClient : IDisposable
{
    private readonly TallyHttp _http;

    /// <summary>A client for one server and one API key.</summary>
    /// <param name="server">Base address, with a slash at the end.</param>
    /// <param name="apiKey"><c>tsk_…</c>, or null for public routes only.</param>
    /// <param name="handler">Replaces the network, for tests.</param>
    /// <param name="clock">Times the pauses between attempts.</param>
    public TallyClient(Uri server, string? apiKey, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        Server = server;
        _http = new TallyHttp(server, apiKey, handler, clock ?? TimeProvider.System);
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

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
