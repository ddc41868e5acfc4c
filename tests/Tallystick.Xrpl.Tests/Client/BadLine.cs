using System.Net;
using System.Net.Sockets;

namespace Tallystick.Xrpl.Tests.Client;

/// <summary>A line to a node that goes dead without telling either end, or that is cut right after it was made.</summary>
internal sealed class BadLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _node;
    private readonly Task _loop;
    private volatile CancellationTokenSource _alive = new();
    private int _taken;

    public BadLine(int node)
    {
        _node = node;
        _listener.Start();
        _loop = Accept();
    }

    public Uri Address => new($"ws://{_listener.LocalEndpoint}");

    /// <summary>Connections made so far.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Cut each connection when the node has said its first word.</summary>
    public bool Cuts { get; set; }

    /// <summary>From now on no byte passes on the connections that there are; new ones are good.</summary>
    public void GoDead()
    {
        var old = _alive;
        _alive = new();
        old.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _alive.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        var lines = new List<Task>();
        try
        {
            while (true) lines.Add(Carry(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task Carry(TcpClient client)
    {
        Interlocked.Increment(ref _taken);
        using var near = client;
        using var far = new TcpClient();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _node, end.Token);
            await Task.WhenAny(Pass(near, far, false, end.Token), Pass(far, near, Cuts, end.Token));
            await end.CancelAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task Pass(TcpClient from, TcpClient to, bool onlyOnce, CancellationToken stop)
    {
        var alive = _alive.Token;
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var count = await from.GetStream().ReadAsync(buffer, stop);
                if (alive.IsCancellationRequested) await Task.Delay(Timeout.Infinite, stop);
                if (count == 0) return;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), stop);
                if (onlyOnce) return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Either end went.
        }
    }
}
