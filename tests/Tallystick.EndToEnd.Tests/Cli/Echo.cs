using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>Somebody else's server: answers 404 to everything and keeps what it was sent.</summary>
internal sealed class Echo : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    public Echo()
    {
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";
        _serving = Serve();
    }

    public string Address { get; }

    public List<string> Heads { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var buffer = new byte[16 * 1024];
                var read = await client.GetStream().ReadAsync(buffer);
                Heads.Add(Encoding.ASCII.GetString(buffer, 0, read));
                await client.GetStream().WriteAsync("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
