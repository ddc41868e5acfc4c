using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tallystick.Client.Tests;

/// <summary>A listener that answers each connection as the test says: one request, one script.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _serving;

    /// <param name="answer">Gets the number of the request (from 1), its head, and the open connection.</param>
    public RawServer(Func<int, string, NetworkStream, CancellationToken, Task> answer)
    {
        _listener.Start();
        _serving = Serve(answer);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public List<string> Heads { get; } = [];

    public static async Task Send(Stream to, string head, string body, CancellationToken stop) =>
        await to.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), stop);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving;
        _ended.Dispose();
    }

    private async Task Serve(Func<int, string, NetworkStream, CancellationToken, Task> answer)
    {
        var connections = new List<Task>();
        try
        {
            for (var number = 1; ; number++)
            {
                connections.Add(One(number, await _listener.AcceptTcpClientAsync(_ended.Token), answer));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task One(int number, TcpClient client, Func<int, string, NetworkStream, CancellationToken, Task> answer)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var (head, one) = (new StringBuilder(), new byte[1]);
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _ended.Token) > 0)
                {
                    head.Append((char)one[0]);
                }

                lock (Heads)
                {
                    Heads.Add(head.ToString());
                }

                await answer(number, head.ToString(), stream, _ended.Token);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                // The client went away, or the test is over.
            }
        }
    }
}
