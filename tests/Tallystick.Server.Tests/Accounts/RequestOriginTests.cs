using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Tallystick.Server.Tests.Foundation.BadInput;
using Tallystick.Server.Tests.Pages;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Accounts;

/// <summary>A cookie is worth something only for what a page of this server asked for.</summary>
public sealed class RequestOriginTests(Postgres postgres)
{
    private const string Own = "own";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "Origin", "https://elsewhere.example", false)]
    [InlineData("POST", "Origin", "http://server.test.elsewhere.example", false)]
    [InlineData("POST", "Origin", "https://server.test", false)]
    [InlineData("POST", "Origin", "http://server.test:81", false)]
    [InlineData("POST", "Origin", "null", false)]
    [InlineData("POST", "Origin", "", false)]
    [InlineData("DELETE", "Origin", "https://elsewhere.example", false)]
    [InlineData("POST", "Sec-Fetch-Site", "cross-site", false)]
    [InlineData("POST", "Sec-Fetch-Site", "same-site", false)]
    [InlineData("POST", "Sec-Fetch-Site", "nonsense", false)]
    [InlineData("POST", "Origin", "http://server.test", true)]
    [InlineData("POST", "Origin", Own, true)]
    [InlineData("POST", "Sec-Fetch-Site", "same-origin", true)]
    public async Task A_change_counts_only_from_a_page_of_this_server(string method, string header, string value, bool ours)
    {
        await using var server = await TestServer.Start(postgres);
        using var visitor = await Visitor.SignedIn(server, (await Member.Creator(server)).Email);
        using var request = new HttpRequestMessage(new(method), method == "DELETE" ? "/v1/api-keys/key_0" : "/v1/api-keys")
        {
            Content = new StringContent("""{"name":"k","scopes":["catalog:read"]}""", null, "application/json"),
        };
        request.Headers.TryAddWithoutValidation(header, value == Own ? server.Url : value);

        using var answer = await visitor.Http.SendAsync(request, Stop);

        answer.StatusCode.ShouldBe(ours ? HttpStatusCode.Created : HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Every_form_of_a_page_asks_for_the_token_of_that_page()
    {
        await using var server = await TestServer.Start(postgres);
        string[] programs = ["v1/", "gate/", "oauth/", "webhooks/"];

        var forms = World.Endpoints(server)
            .Where(e => e.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods.Contains("POST") == true)
            .Where(e => !programs.Any(p => e.RoutePattern.RawText!.TrimStart('/').StartsWith(p, StringComparison.Ordinal))).ToList();

        forms.Count.ShouldBeGreaterThan(15);
        forms.Where(e => e.Metadata.GetMetadata<IAntiforgeryMetadata>()?.RequiresValidation != true)
            .Select(e => e.RoutePattern.RawText).ShouldBeEmpty();
        // What the route takes besides is found in the program, never in a body that a browser does not send.
        forms.Where(e => e.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes.Contains("application/json") == true)
            .Select(e => e.RoutePattern.RawText).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_api_key_is_not_a_cookie_and_works_from_anywhere()
    {
        await using var server = await TestServer.Start(postgres);
        var creator = await Member.Creator(server);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/api-keys")
        {
            Content = new StringContent("""{"name":"k","scopes":["catalog:read"]}""", null, "application/json"),
        };
        request.Headers.Add("Origin", "https://elsewhere.example");

        using var answer = await creator.Http.SendAsync(request, Stop);

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }
}
