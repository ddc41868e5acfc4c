using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Json;

namespace Tallystick.Gate;

/// <summary>The server as a gate calls it. Answers are read leniently: an older gate works with a newer server.</summary>
internal sealed class UpstreamServer : IDisposable
{
    private const int AnswerBytesMost = 256 * 1024 * 1024;
    private static readonly TimeSpan CallMost = TimeSpan.FromSeconds(15);

    private static readonly JsonSerializerOptions Lenient =
        new(TallyJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private readonly HttpClient _http;

    public UpstreamServer(GateOptions options)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AutomaticDecompression = DecompressionMethods.All,
            AllowAutoRedirect = false,
        })
        {
            BaseAddress = new Uri(options.ServerUrl),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMost,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Secret);
    }

    public async Task<JsonNode> Get(string path, TimeSpan most, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await Send(request, most, stop);
        Require(answer);
        return JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync(stop)) ?? throw new InvalidDataException("Empty answer.");
    }

    /// <summary>Sends a document and reads one; any other status than success throws.</summary>
    /// <param name="epochToken">Of the epoch that the body speaks of.</param>
    public async Task<T> Post<T>(string path, object? body, CancellationToken stop, string? epochToken = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        Speak(request, epochToken);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: TallyJson.Options);
        }

        using var answer = await Send(request, CallMost, stop);
        Require(answer);
        return await answer.Content.ReadFromJsonAsync<T>(Lenient, stop) ?? throw new InvalidDataException("Empty answer.");
    }

    /// <summary>Sends bytes; any status is an answer.</summary>
    public async Task<(HttpStatusCode Status, byte[] Body)> PostBytes(
        string path, ReadOnlyMemory<byte> body, string mediaType, string epochToken, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ReadOnlyMemoryContent(body) };
        Speak(request, epochToken);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using var answer = await Send(request, CallMost, stop);
        return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(stop));
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, TimeSpan most, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(most);
        try
        {
            return await _http.SendAsync(request, limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new HttpRequestException($"{request.RequestUri} did not answer within {most.TotalSeconds} s.");
        }
        catch (SocketException reset)
        {
            // HttpClient lets it out as it is when the other side goes away right after it was connected to.
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{request.RequestUri}: {reset.Message}", reset);
        }
    }

    private static void Speak(HttpRequestMessage request, string? epochToken)
    {
        if (epochToken is not null)
        {
            request.Headers.Add(EpochTokenHeader.Name, epochToken);
        }
    }

    private static void Require(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException(
                $"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode}.", null, answer.StatusCode);
        }
    }
}
