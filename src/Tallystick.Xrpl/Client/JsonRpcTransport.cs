using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Tallystick.Xrpl.Client;

/// <summary>JSON-RPC over HTTP (rippled's <c>http</c> and <c>https</c> ports). Without subscriptions.</summary>
public sealed class JsonRpcTransport : INodeTransport
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots;

    /// <summary>Prepares the way; nothing is sent yet.</summary>
    /// <param name="address">An http or https address.</param>
    /// <param name="http">The caller's client; stays the caller's.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">Clock of the time-outs.</param>
    /// <exception cref="ArgumentException">The address or a limit is wrong.</exception>
    public JsonRpcTransport(Uri address, HttpClient http, NodeOptions options, TimeProvider time)
    {
        options.Validate();
        if (address.Scheme is not ("http" or "https")) throw new ArgumentException("JSON-RPC is http or https");
        (_address, _http, _options, _time) = (address, http, options, time);
        _slots = new SemaphoreSlim(options.RequestsInFlightMax);
    }

    /// <inheritdoc/>
    public string Name => _address.ToString();

    /// <inheritdoc/>
    public int ApiVersion => _options.ApiVersion;

    /// <inheritdoc/>
    public ChannelReader<JsonElement>? Messages => null;

    /// <inheritdoc/>
    public async Task<NodeReply> Ask(NodeRequest request, CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        try
        {
            await _slots.WaitAsync(both.Token);
            try
            {
                return await Post(request, both.Token);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new NodeUnreachableException(Name, $"no answer within {_options.RequestTimeout}", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new NodeUnreachableException(Name, e.Message, e);
        }
    }

    private async Task<NodeReply> Post(NodeRequest request, CancellationToken stop)
    {
        using var body = new StringContent(request.ToJsonRpcBody(_options.ApiVersion), Encoding.UTF8);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var message = new HttpRequestMessage(HttpMethod.Post, _address) { Content = body };
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
        if (!response.IsSuccessStatusCode)
            throw new NodeUnreachableException(Name, $"HTTP {(int)response.StatusCode}");
        if (response.Content.Headers.ContentLength > _options.AnswerBytesMax)
            throw new NodeProtocolException($"{Name}: answer is larger than {_options.AnswerBytesMax} bytes");
        await response.Content.LoadIntoBufferAsync(_options.AnswerBytesMax, stop);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        try
        {
            using var document = await JsonDocument.ParseAsync(stream, cancellationToken: stop);
            return NodeReply.Read(document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new NodeProtocolException($"{Name}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _slots.Dispose();
        return ValueTask.CompletedTask;
    }
}
