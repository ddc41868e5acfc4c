using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tallystick.Server.Foundation;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation;

public sealed partial class BodyLimitTests(Postgres postgres)
{
    private const long FileBytesMost = 300_000;

    private static readonly Dictionary<string, string?> SmallFiles = new()
    {
        ["Catalog:FileBytesMost"] = FileBytesMost.ToString(CultureInfo.InvariantCulture),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_takes_a_body_of_its_limit_and_refuses_one_byte_more_naming_the_limit()
    {
        await using var server = await TestServer.Start(postgres, SmallFiles);
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                .Where(m => m is "POST" or "PUT" or "PATCH").Select(method => (Endpoint: e, Method: method)))
            .ToList();
        routes.Count.ShouldBeGreaterThan(30);

        var wrong = new List<string>();
        foreach (var (endpoint, method) in routes)
        {
            var limit = BodyLimit.Of(endpoint).BytesMost;
            var path = "/" + Parameter().Replace(endpoint.RoutePattern.RawText!, "x").TrimStart('/');
            var type = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0];
            var (most, _) = await Send(server, method, path, limit, chunked: false, type);
            var (beyond, text) = await Send(server, method, path, limit + 1, chunked: false, type);
            if (most is HttpStatusCode.RequestEntityTooLarge || beyond is not HttpStatusCode.RequestEntityTooLarge ||
                !text.Contains($"\"limit_bytes\":{limit}", StringComparison.Ordinal))
            {
                wrong.Add($"{method} {path}: {limit} bytes {(int)most}, one more {(int)beyond}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", "/gate/v1/usage", 4 * 1024 * 1024)]
    [InlineData("POST", "/webhooks/stripe", 256 * 1024)]
    [InlineData("POST", "/v1/works", 256 * 1024)]
    public async Task A_body_that_states_no_length_is_ended_where_the_limit_is(string method, string path, long limit)
    {
        await using var server = await TestServer.Start(postgres, SmallFiles);

        var (most, _) = await Send(server, method, path, limit, chunked: true);
        var (beyond, text) = await Send(server, method, path, limit + 1, chunked: true);

        most.ShouldNotBe(HttpStatusCode.RequestEntityTooLarge);
        beyond.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        text.ShouldContain($"\"limit_bytes\":{limit}");
    }

    private static async Task<(HttpStatusCode Status, string Text)> Send(
        TestServer server, string method, string path, long bytes, bool chunked, string? type = null)
    {
        var isGate = path.StartsWith("/gate/", StringComparison.Ordinal);
        using var http = server.Client(isGate ? TestServer.GateSecret : TestServer.OperatorKey);
        // Blanks are no JSON document and no form field: what is read to its end is refused for that, not for its size.
        using var content = new ByteArrayContent([.. Enumerable.Repeat((byte)' ', (int)bytes)]);
        content.Headers.ContentType = new(
            isGate && path.EndsWith("usage", StringComparison.Ordinal) ? "application/x-protobuf" : type ?? "application/json");
        using var message = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        message.Headers.TransferEncodingChunked = chunked;
        using var answer = await http.SendAsync(message, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
