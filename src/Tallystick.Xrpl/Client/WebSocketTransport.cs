using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Tallystick.Xrpl.Client;

/// <summary>
/// One WebSocket to one node that comes back by itself: reconnects with exponential back-off and full jitter,
/// subscribes again, and fails what was under way (its outcome is unknown; asking again is the caller's decision).
/// </summary>
public sealed class WebSocketTransport : INodeTransport
{
    private readonly Uri _address;
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _jitter;
    private readonly SemaphoreSlim _slots;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Channel<JsonElement> _messages;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<NodeReply>> _waiting = new();
    private readonly ConcurrentDictionary<string, NodeRequest> _subscriptions = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _state = new();
    private TaskCompletionSource<ClientWebSocket> _connected = NewSignal();
    private Task? _loop;
    private long _lastId;
    private int _failures;

    /// <summary>Prepares the way; the connection is made by the first request.</summary>
    /// <param name="address">A ws or wss address.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">Clock of time-outs and pauses.</param>
    /// <param name="jitter">Randomness of the pauses.</param>
    /// <exception cref="ArgumentException">The address or a limit is wrong.</exception>
    public WebSocketTransport(Uri address, NodeOptions options, TimeProvider time, Random jitter)
    {
        options.Validate();
        if (address.Scheme is not ("ws" or "wss")) throw new ArgumentException("a WebSocket is ws or wss");
        (_address, _options, _time, _jitter) = (address, options, time, jitter);
        _slots = new SemaphoreSlim(options.RequestsInFlightMax);
        _messages = Channel.CreateBounded<JsonElement>(new BoundedChannelOptions(options.MessagesQueuedMax)
        {
            FullMode = BoundedChannelFullMode.DropOldest,
        });
    }

    /// <inheritdoc/>
    public string Name => _address.ToString();

    /// <inheritdoc/>
    public int ApiVersion => _options.ApiVersion;

    /// <inheritdoc/>
    public ChannelReader<JsonElement> Messages => _messages.Reader;

    /// <summary>Times the connection was made; more than one means that it was lost in between.</summary>
    public int ConnectionsMade { get; private set; }

    /// <inheritdoc/>
    public async Task<NodeReply> Ask(NodeRequest request, CancellationToken stop)
    {
        Start();
        // A subscription outlives the connection it was made on, also when this very request gets no answer.
        if (request.Command == "subscribe") _subscriptions[request.Parameters.ToJsonString()] = request;
        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token, _stop.Token);
        var slotTaken = false;
        try
        {
            await _slots.WaitAsync(any.Token);
            slotTaken = true;
            TaskCompletionSource<ClientWebSocket> connected;
            lock (_state) connected = _connected;
            var socket = await connected.Task.WaitAsync(any.Token);
            return await Exchange(socket, request, any.Token);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new NodeUnreachableException(Name, $"no answer within {_options.RequestTimeout}", e);
        }
        finally
        {
            if (slotTaken) _slots.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null) await _loop;
        _messages.Writer.TryComplete();
        _stop.Dispose();
        _slots.Dispose();
        _sending.Dispose();
    }

    private static TaskCompletionSource<ClientWebSocket> NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Start()
    {
        if (_loop is not null) return;
        lock (_state)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _loop ??= Task.Run(() => StayConnected(_stop.Token));
        }
    }

    private async Task<NodeReply> Exchange(ClientWebSocket socket, NodeRequest request, CancellationToken stop)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<NodeReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        try
        {
            await Send(socket, Encoding.UTF8.GetBytes(request.ToWebSocketFrame(id, _options.ApiVersion)), stop);
            return await answer.Task.WaitAsync(stop);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new NodeUnreachableException(Name, "the connection was lost", e);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private async Task Send(ClientWebSocket socket, byte[] frame, CancellationToken stop)
    {
        await _sending.WaitAsync(stop);
        try
        {
            // Not cancelled by the caller's patience: a half-sent frame would spoil the connection for all others.
            await socket.SendAsync(frame, WebSocketMessageType.Text, true, _stop.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task StayConnected(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            (socket.Options.KeepAliveInterval, socket.Options.KeepAliveTimeout) = (_options.KeepAlive, _options.KeepAlive);
            try
            {
                using (var patience = new CancellationTokenSource(_options.ConnectTimeout, _time))
                using (var both = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token))
                    await socket.ConnectAsync(_address, both.Token);
                ConnectionsMade++;
                await SubscribeAgain(socket, stop);
                _connected.TrySetResult(socket);
                await ReadAll(socket, stop);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException
                or NodeProtocolException or HttpRequestException)
            {
                // Lost or never made: the pause below and the next attempt are the answer to every cause.
            }
            Disconnect();
            if (!stop.IsCancellationRequested) await Pause(++_failures, stop);
        }
    }

    private async Task SubscribeAgain(ClientWebSocket socket, CancellationToken stop)
    {
        foreach (var subscription in _subscriptions.Values)
        {
            var frame = subscription.ToWebSocketFrame(Interlocked.Increment(ref _lastId), _options.ApiVersion);
            await Send(socket, Encoding.UTF8.GetBytes(frame), stop);
        }
    }

    private void Disconnect()
    {
        lock (_state)
        {
            if (_connected.Task.IsCompleted) _connected = NewSignal();
        }
        foreach (var (id, answer) in _waiting)
        {
            _waiting.TryRemove(id, out _);
            answer.TrySetException(new NodeUnreachableException(Name, "the connection was lost"));
        }
    }

    private async Task Pause(int failures, CancellationToken stop)
    {
        var ceiling = Math.Min(_options.BackoffMax.Ticks, _options.BackoffFirst.Ticks * (1L << Math.Min(failures - 1, 20)));
        long ticks;
        lock (_state) ticks = _jitter.NextInt64(ceiling / 4, ceiling + 1);
        try
        {
            await Task.Delay(new TimeSpan(ticks), _time, stop);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop above sees it.
        }
    }

    private async Task ReadAll(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        while (true)
        {
            var chunk = await socket.ReceiveAsync(buffer.GetMemory(4096), stop);
            if (chunk.MessageType == WebSocketMessageType.Close) return;
            buffer.Advance(chunk.Count);
            if (buffer.WrittenCount > _options.AnswerBytesMax)
                throw new NodeProtocolException($"{Name}: message is larger than {_options.AnswerBytesMax} bytes");
            if (!chunk.EndOfMessage) continue;
            // Not before: a node under load takes a connection and closes it at once.
            _failures = 0;
            Deliver(buffer.WrittenMemory);
            buffer.ResetWrittenCount();
        }
    }

    private void Deliver(ReadOnlyMemory<byte> text)
    {
        JsonElement message;
        try
        {
            using var document = JsonDocument.Parse(text);
            message = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new NodeProtocolException($"{Name}: {e.Message}");
        }
        if (message.ValueKind != JsonValueKind.Object) return;
        if (!message.TryGetProperty("id", out var idField))
        {
            _messages.Writer.TryWrite(message);
            return;
        }
        if (!idField.TryGetInt64Safe(out var id) || !_waiting.TryRemove(id, out var answer)) return;
        try
        {
            answer.TrySetResult(NodeReply.Read(message));
        }
        catch (NodeProtocolException e)
        {
            answer.TrySetException(e);
        }
    }
}
