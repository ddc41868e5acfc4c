using System.Net.Sockets;
using System.Text;

namespace Tallystick.Client.Tests;

/// <summary>A server that goes away right after it was connected to: HttpClient then lets out what the socket threw.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly Away _server = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task What_may_be_repeated_is_sent_again()
    {
        _server.Times = 2;
        using var tally = Open();

        (await tally.Get<string>("v1/works", Stop)).ShouldBe("here");
        _server.Times = 1;
        (await tally.Post<string>("v1/purchases", new { }, Stop, "key-1")).ShouldBe("here");

        _server.Requests.ShouldBe(5);
    }

    [Fact]
    public async Task What_may_not_be_repeated_fails_as_a_connection_does()
    {
        _server.Times = 1;
        using var tally = Open();

        var failure = await Should.ThrowAsync<HttpRequestException>(() => tally.Post<string>("v1/licences", new { }, Stop));

        failure.HttpRequestError.ShouldBe(HttpRequestError.ConnectionError);
        _server.Requests.ShouldBe(1);
    }

    private TallyClient Open() => new(new Uri("http://server.test/"), "tsk_key", _server);

    private sealed class Away : HttpMessageHandler
    {
        /// <summary>So often it goes away before it answers.</summary>
        public int Times { get; set; }

        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Times-- > 0
                ? throw new SocketException((int)SocketError.NotConnected)
                : Task.FromResult(new HttpResponseMessage { Content = new StringContent("here", Encoding.UTF8, "text/plain") });
        }
    }
}
