using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>Calls of a patient client: what may not have arrived is sent again, under the same key.</summary>
internal sealed class Calls(string url) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly HttpClient _http = new() { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>Answers of 5xx that did not say, as a problem, when to try again.</summary>
    public List<string> Broken { get; } = [];

    public string? Traceparent { get; set; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public Task<JsonObject> Get(string path, string? bearer = null) => Ask("GET", path, bearer, null, null);

    public Task<JsonObject> Post(string path, string bearer, object? body, string? key = null) =>
        Ask("POST", path, bearer, () => body is null ? null : JsonContent.Create(body), key);

    public Task<JsonObject> Put(string path, string bearer, object body) =>
        Ask("PUT", path, bearer, () => JsonContent.Create(body), null);

    /// <summary>A PUT that is refused with 409.</summary>
    public async Task PutRefused(string path, string bearer, object body)
    {
        using var answer = await Again(() => new(HttpMethod.Put, path)
        {
            Content = JsonContent.Create(body), Headers = { Authorization = new("Bearer", bearer) },
        });
        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    public Task<JsonObject> Upload(string path, string bearer, byte[] content) =>
        Ask("PUT", path, bearer, () => new ByteArrayContent(content) { Headers = { ContentType = new("text/csv") } }, null);

    public Task<JsonObject> Form(string path, params (string Name, string Value)[] fields) => Ask(
        "POST", path, null, () => new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))), null);

    public async Task<string> Text(string path)
    {
        using var answer = await Again(() => new(HttpMethod.Get, path));
        return await answer.Content.ReadAsStringAsync(Stop);
    }

    public async Task<byte[]> Bytes(string path)
    {
        using var answer = await Again(() => new(HttpMethod.Get, path));
        return await answer.Content.ReadAsByteArrayAsync(Stop);
    }

    /// <summary>Asks until it is so.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> ask, Func<T, bool> isSo, string what)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            var found = await ask();
            if (isSo(found))
            {
                return found;
            }

            began.Elapsed.ShouldBeLessThan(Patience, $"waited for {what}; it is {found}");
            await Task.Delay(100, Stop);
        }
    }

    /// <summary>A 503 that a program understands.</summary>
    public static bool SaysWhenToTryAgain(HttpResponseMessage answer) =>
        answer is { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null } &&
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json";

    public static void Trace(HttpRequestMessage request, string? traceparent)
    {
        if (traceparent is not null)
        {
            request.Headers.Add("traceparent", traceparent);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> Ask(string method, string path, string? bearer, Func<HttpContent?>? content, string? key)
    {
        using var answer = await Again(() =>
        {
            var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content?.Invoke() };
            if (bearer is not null)
            {
                request.Headers.Authorization = new("Bearer", bearer);
            }

            Trace(request, Traceparent);
            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            return request;
        });
        var text = await answer.Content.ReadAsStringAsync(Stop);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{method} {path}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private async Task<HttpResponseMessage> Again(Func<HttpRequestMessage> make)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var request = make();
                var answer = await _http.SendAsync(request, Stop);
                // 5xx says that it may be tried again.
                if ((int)answer.StatusCode < 500)
                {
                    return answer;
                }

                if (!SaysWhenToTryAgain(answer))
                {
                    Broken.Add($"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Stop)}");
                }

                began.Elapsed.ShouldBeLessThan(Patience, $"{request.RequestUri}: {await answer.Content.ReadAsStringAsync(Stop)}");
                answer.Dispose();
            }
            catch (Exception gone) when (gone is HttpRequestException or SocketException or TaskCanceledException && !Stop.IsCancellationRequested)
            {
                began.Elapsed.ShouldBeLessThan(Patience, gone.Message);
            }

            await Task.Delay(100, Stop);
        }
    }
}
