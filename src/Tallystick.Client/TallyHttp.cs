using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Json;

namespace Tallystick.Client;

/// <summary>
/// Requests to one origin, the only one that ever gets the credentials. What may be sent twice (reads, and writes that
/// carry an idempotency key) is tried again as <see cref="Patience"/> says; redirects are not followed.
/// </summary>
internal sealed class TallyHttp : IDisposable
{
    /// <summary>For an answer to begin, counted anew from each part of the request that was taken.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(100);

    /// <summary>Between two parts of an answer; the answer may take as long as it keeps coming.</summary>
    public static readonly TimeSpan IdleMost = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ConnectMost = TimeSpan.FromSeconds(20);

    /// <summary>Answers that are read whole: the list of a work's files is the longest.</summary>
    private const long AnswerBytesMost = 256 * 1024 * 1024;

    private const long ProblemBytesMost = 256 * 1024;

    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly string? _credential;
    private readonly TimeProvider _clock;

    /// <param name="credential">A bearer token made for this address: an API key for a server, a licence for a gate.</param>
    public TallyHttp(Uri address, string? credential, HttpMessageHandler? handler, TimeProvider clock)
    {
        (_address, _credential, _clock) = (address, credential, clock);
        _http = new HttpClient(
            handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = ConnectMost }, handler is null)
        {
            BaseAddress = address,
            // An upload of many gigabytes is no fault; what is timed is silence.
            Timeout = Timeout.InfiniteTimeSpan,
        };
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
        var response = await Begin(request, stop);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await Refusal(response, stop);
        }
    }

    private Task<T> Send<T>(Func<HttpRequestMessage> make, bool mayRepeat, CancellationToken stop) =>
        new Patience(_clock).Persist(
            async () =>
            {
                using var request = make();
                using var response = await Open(request, stop);
                return await Read<T>(response, stop);
            },
            mayRepeat, stop);

    private async Task<HttpResponseMessage> Begin(HttpRequestMessage request, CancellationToken stop)
    {
        Authorize(request);
        using var silence = new CancellationTokenSource(AnswerWithin, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, silence.Token);
        if (request.Content is { } body)
        {
            request.Content = new WatchedRequest(body, () => Renew(silence));
        }

        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            response.Content = new WatchedAnswer(response.Content, IdleMost, _clock);
            return response;
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new HttpRequestException($"{_address} did not answer within {AnswerWithin.TotalSeconds} seconds.");
        }
        catch (SocketException reset)
        {
            // HttpClient lets it out as it is when the other side goes away right after it was connected to.
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{_address}: {reset.Message}", reset);
        }
    }

    /// <summary>The credentials go to the origin they were made for. A path is never an address of its own.</summary>
    private void Authorize(HttpRequestMessage request)
    {
        var target = new Uri(_address, request.RequestUri!);
        if (!Origin.IsSame(target, _address))
        {
            throw new InvalidDataException($"{target} is not on {_address.GetLeftPart(UriPartial.Authority)}: nothing was sent there.");
        }

        if (_credential is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _credential);
        }
    }

    private static void Renew(CancellationTokenSource silence)
    {
        try
        {
            silence.CancelAfter(AnswerWithin);
        }
        catch (ObjectDisposedException)
        {
            // The answer came before all of the body was taken.
        }
    }

    private static async Task<T> Read<T>(HttpResponseMessage response, CancellationToken stop)
    {
        await response.Content.LoadIntoBufferAsync(AnswerBytesMost, stop);
        if (typeof(T) == typeof(byte[]))
        {
            return (T)(object)await response.Content.ReadAsByteArrayAsync(stop);
        }

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

    private async Task<TallyProblemException> Refusal(HttpResponseMessage response, CancellationToken stop)
    {
        // A date is of the clock that the answer was written by, which its own Date tells: ours may be hours off.
        var after = response.Headers.RetryAfter is { } told
            ? told.Delta ?? (told.Date is { } date ? date - (response.Headers.Date ?? _clock.GetUtcNow()) : (TimeSpan?)null)
            : null;
        JsonObject problem = [];
        if (response.Headers.Location is { } elsewhere && (int)response.StatusCode is >= 300 and < 400)
        {
            problem["detail"] = $"{_address} answers that it has moved to {new Uri(_address, elsewhere)}. " +
                "Credentials do not follow it there by themselves: name the new address if you trust it.";
        }
        else if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            await response.Content.LoadIntoBufferAsync(ProblemBytesMost, stop);
            var text = await response.Content.ReadAsStringAsync(stop);
            try
            {
                problem = JsonNode.Parse(text) as JsonObject ?? [];
            }
            catch (JsonException)
            {
                // Something between us and the server cut it off; the status still says enough.
            }
        }

        return new TallyProblemException((int)response.StatusCode, problem, after, _credential is not null);
    }
}
