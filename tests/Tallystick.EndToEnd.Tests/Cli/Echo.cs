using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>What is answered to a request.</summary>
internal sealed record Canned(int Status, string Body = "", string MediaType = "application/json", string Headers = "");

/// <summary>
/// A server that is none of ours: keeps what it was sent and answers each path as it is told, 404 to everything otherwise.
/// </summary>
internal sealed class Echo : IAsyncDisposable
{
    private readonly Func<string, Canned?> _answer;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    /// <param name="answer">What is answered to a path with its query; null for 404.</param>
    public Echo(Func<string, Canned?>? answer = null)
    {
        _answer = answer ?? (_ => null);
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
                var head = Encoding.ASCII.GetString(buffer, 0, read);
                Heads.Add(head);
                var answer = _answer(head.Split(' ').ElementAtOrDefault(1) ?? "") ?? new Canned(404);
                var body = Encoding.UTF8.GetBytes(answer.Body);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 {answer.Status} Said\r\nConnection: close\r\nContent-Type: {answer.MediaType}\r\n" +
                    $"{answer.Headers}Content-Length: {body.Length}\r\n\r\n"));
                await client.GetStream().WriteAsync(body);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
