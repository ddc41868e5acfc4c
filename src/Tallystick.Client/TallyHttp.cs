using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Json;

namespace Tallystick.Client;

/// <summary>
/// Requests to one server. What may be sent twice (reads, and writes that carry an idempotency key) is tried again
/// when the network fails or the server asks for patience; nothing else is.
/// </summary>
internal sealed class TallyHttp : IDisposable
{
    private const int AttemptsMost = 4;

    /// <summary>For an answer to begin; a body may take as long as it keeps coming.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;

    public TallyHttp(Uri address, string? apiKey, HttpMessageHandler? handler, TimeProvider clock)
    {
        _clock = clock;
        // The default handler follows redirects; an API key must not follow them to another host.
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false }, handler is null)
        {
            BaseAddress = address,
            // An upload of many gigabytes is no fault; what must answer soon is timed request by request.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (apiKey is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        }
    }

    public void Dispose() => _http.Dispose();

    public Task<T> Get<T>(string path, CancellationToken stop) =>
        Send<T>(() => new HttpRequestMessage(HttpMethod.Get, path), mayRepeat: true, stop);

    public Task<T> Delete<T>(string path, CancellationToken stop) =>
        Send<T>(() => new HttpRequestMessage(HttpMethod.Delete, path), mayRepeat: true, stop);

    public Task<T> Put<T>(string path, object body, CancellationToken stop) =>
        Send<T>(() => Json(HttpMethod.Put, path, body, null), mayRepeat: true, stop);

    public Task<T> Post<T>(string path, object? body, CancellationToken stop, string? idempotencyKey = null) =>
        Send<T>(() => Json(HttpMethod.Post, path, body, idempotencyKey), idempotencyKey is not null, stop);

    /// <summary>Sends once and hands over the answer, its body unread; refusals throw.</summary>
    public async Task<HttpResponseMessage> Open(HttpRequestMessage request, CancellationToken stop)
    {
        // What is sent along is a stream as long as it likes; without one, silence is a failure.
        var response = request.Content is null
            ? await Timed(request, HttpCompletionOption.ResponseHeadersRead, stop)
            : await SendOnce(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await Refusal(response, stop);
        }
    }

    private async Task<T> Send<T>(Func<HttpRequestMessage> make, bool mayRepeat, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = !mayRepeat || attempt == AttemptsMost;
            TimeSpan? asked;
            try
            {
                using var request = make();
                using var response = await Timed(request, HttpCompletionOption.ResponseContentRead, stop);
                if (response.IsSuccessStatusCode)
                {
                    return await Read<T>(response, stop);
                }

                var patience = response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests;
                if (last || !patience)
                {
                    throw await Refusal(response, stop);
                }

                asked = response.Headers.RetryAfter?.Delta;
            }
            catch (HttpRequestException) when (!last)
            {
                asked = null;
            }

            // Half fixed, half random: clients that failed together must not come back together.
            var pause = asked ?? TimeSpan.FromMilliseconds((250 << attempt) * (0.5 + (Jitter() / 2)));
            await Task.Delay(pause < LongestPause ? pause : LongestPause, _clock, stop);
        }
    }

    private async Task<HttpResponseMessage> Timed(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(AnswerWithin, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            return await SendOnce(request, completion, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new HttpRequestException(
                $"{_http.BaseAddress} did not answer within {AnswerWithin.TotalSeconds} seconds.");
        }
    }

    private async Task<HttpResponseMessage> SendOnce(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken stop)
    {
        try
        {
            return await _http.SendAsync(request, completion, stop);
        }
        catch (SocketException reset)
        {
            // HttpClient lets it out as it is when the other side goes away right after it was connected to.
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{_http.BaseAddress}: {reset.Message}", reset);
        }
    }

    private double Jitter() => _clock.GetTimestamp() % 1_000 / 1_000.0;

    private static async Task<T> Read<T>(HttpResponseMessage response, CancellationToken stop)
    {
        if (typeof(T) == typeof(string))
        {
            return (T)(object)await response.Content.ReadAsStringAsync(stop);
        }

        if (response.Content.Headers.ContentLength == 0 || response.StatusCode == HttpStatusCode.NoContent)
        {
            return default!;
        }

        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Reading, stop)
                ?? throw new HttpRequestException("The server answered with an empty document.");
        }
        catch (JsonException unreadable)
        {
            throw new InvalidDataException(
                $"The server's answer cannot be read by this version of the client: {unreadable.Message}", unreadable);
        }
    }

    // A newer server may say more than this client knows: that is no error for a reader.
    private static JsonSerializerOptions Reading { get; } = new(TallyJson.Options)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
    };

    private static HttpRequestMessage Json(HttpMethod method, string path, object? body, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: TallyJson.Options);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return request;
    }

    private static async Task<TallyProblemException> Refusal(HttpResponseMessage response, CancellationToken stop)
    {
        JsonObject? problem = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            var text = await response.Content.ReadAsStringAsync(stop);
            try
            {
                problem = JsonNode.Parse(text) as JsonObject;
            }
            catch (JsonException)
            {
                // Something between us and the server cut it off; the status still says enough.
            }
        }

        return new TallyProblemException((int)response.StatusCode, problem ?? []);
    }
}
