using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tallystick.Server.Tests.Support;
using Tallystick.Tests;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>Whatever is sent to whatever route: a refusal with a documented type, nothing changed, never a 5xx.</summary>
public sealed class BadInputTests(Postgres postgres)
{
    // Public by intent. A route that answers strangers and is not here fails the test.
    private static readonly HashSet<string> Public =
    [
        "POST /v1/organisations", "GET /v1/works", "GET /v1/works/{id}", "GET /v1/works/{id}/offers", "GET /v1/offers/{id}",
        "GET /v1/works/{id}/versions/{version}/files", "GET /.well-known/jwks.json", "GET /status-lists/{number}",
        "GET /log/checkpoint", "GET /log/key", "GET /log/tile/{path}", "HEAD /log/checkpoint", "HEAD /log/key", "HEAD /log/tile/{path}",
        "GET /health/live", "GET /health/ready", "GET /.well-known/security.txt", "HEAD /.well-known/security.txt",
        // Judged by what the body carries: a signature, a licence, an anti-forgery token.
        "POST /webhooks/stripe", "POST /oauth/token", "POST /oauth/revoke", "POST /sign-in", "POST /sign-out", "POST /sign-up",
        "POST /reset-password",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_stands_in_the_document_with_a_summary_and_its_refusals()
    {
        await using var server = await TestServer.Start(postgres);
        var document = await ApiDocument.Of(server);

        ((string)document.Root["openapi"]!).ShouldStartWith("3.1.");
        document.Operations.Count.ShouldBeGreaterThan(40);
        var described = document.Operations.Select(o => o.ToString()).ToHashSet();
        RoutesOf(server).Where(r => !described.Contains(r)).ShouldBeEmpty();
        document.Operations.GroupBy(o => o.Id).Where(g => g.Count() > 1).Select(g => g.Key).ShouldBeEmpty();
        document.Operations.SelectMany(Gaps).ShouldBeEmpty();

        // Every reference in the document leads somewhere.
        foreach (var reference in References(document.Root))
        {
            document.Resolve(new JsonObject { ["$ref"] = reference });
        }
    }

    [Fact]
    public async Task Whoever_shows_no_or_wrong_credentials_gets_401_or_403_and_changes_nothing() =>
        await Refuse(BadRequests.Credentials);

    [Fact]
    public async Task Other_organisations_things_and_malformed_ids_are_not_there() => await Refuse(BadRequests.Ids);

    [Fact]
    public async Task Malformed_queries_and_headers_break_nothing() => await Refuse(BadRequests.QueriesAndHeaders);

    [Fact]
    public async Task Malformed_bodies_are_refused_and_change_nothing() => await Refuse(BadRequests.Bodies);

    private async Task Refuse(Func<BadRequests, Operation, IEnumerable<BadRequest>> made)
    {
        await using var server = await TestServer.Start(postgres, new()
        {
            // A provider that is not there: what gets as far as asking it shows as 503.
            ["Payments:StripeUrl"] = "http://127.0.0.1:9",
            ["Payments:StripeSecretKey"] = "sk_test_bad_input",
            ["Payments:StripeWebhookSecret"] = "whsec_bad_input",
            ["Payments:GatewayTriesMost"] = "1",
        });
        var document = await ApiDocument.Of(server);
        var requests = new BadRequests(document, await World.Of(server), Public);
        var before = await Contents.Settled(server);
        using var sockets = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1 };
        using var client = new HttpClient(sockets) { BaseAddress = new Uri(server.Url) };
        var (wrong, sent) = (new List<string>(), 0);
        foreach (var operation in document.Operations)
        {
            foreach (var request in made(requests, operation))
            {
                sent++;
                if (await Judge(client, request) is { } verdict)
                {
                    wrong.Add($"{request}: {verdict}");
                }
            }

            var after = await Contents.Of(server);
            wrong.AddRange(Contents.Changes(before, after).Select(table => $"{operation}: changed {table}"));
            before = after;
        }

        sent.ShouldBeGreaterThan(document.Operations.Count / 2);
        wrong.ShouldBeEmpty();
        (await client.GetAsync("/health/ready", Stop)).IsSuccessStatusCode.ShouldBeTrue();
    }

    /// <summary>Null when the answer is as it should be.</summary>
    private static async Task<string?> Judge(HttpClient client, BadRequest request)
    {
        using var message = request.ToMessage();
        using var answer = await client.SendAsync(message, Stop);
        var (status, text) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
        if (status < 400)
        {
            // A form of a page goes back to the page, which says what is wrong.
            var back = answer.StatusCode == HttpStatusCode.SeeOther && answer.Headers.Location!.ToString().Contains("error=");
            return back || request.MayBeAnswered ? null : $"{status} {Start(text)}";
        }

        if (status >= 500 || (request.Fitting.Count > 0 && !request.Fitting.Contains(status)))
        {
            return $"{status} {Start(text)}";
        }

        // Kestrel refuses what is no HTTP before any code of ours runs, and HEAD has no body.
        var bare = text.Length == 0 && (request.Operation.Method == "HEAD" || (status == 400 && answer.Headers.ConnectionClose == true));
        return bare ? null : Problem(answer, status, text);
    }

    private static string? Problem(HttpResponseMessage answer, int status, string text)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return $"{status} as {answer.Content.Headers.ContentType}: {Start(text)}";
        }

        var problem = JsonNode.Parse(text)!;
        var type = ((string?)problem["type"])?.Split('/')[^1];
        var documented = ProblemTable.Documented("Every host").Concat(ProblemTable.Documented("Server"));
        return documented.Any(t => t.Slug == type && (t.Status == status || t.Slug == "invalid-request"))
            && (int?)problem["status"] == status && problem["title"] is not null && problem["what_to_do"] is not null
            ? null
            : $"{status} {Start(text)}";
    }

    private static IEnumerable<string> Gaps(Operation operation)
    {
        if (string.IsNullOrEmpty(operation.Id) || operation.Summary?.EndsWith('.') != true)
        {
            yield return $"{operation} has no name or no summary that is a sentence";
        }

        if (!operation.Statuses.Any(s => s.StartsWith('2') || s == "303"))
        {
            yield return $"{operation} says no success";
        }

        var takes = operation.Parameters("path").Any() || operation.Parameters("query").Any() || operation.Body is not null;
        var refusals = operation.Statuses.Where(s => s.StartsWith('4')).ToHashSet();
        if ((takes && refusals.Count == 0) || (!Public.Contains(operation.ToString()) && !refusals.IsSupersetOf(["401", "403"])))
        {
            yield return $"{operation} does not say how it refuses";
        }

        var inPath = Regex.Matches(operation.Path, "{([A-Za-z0-9_]+)}").Select(m => m.Groups[1].Value);
        if (!inPath.Order().SequenceEqual(operation.Parameters("path").Order()))
        {
            yield return $"{operation} describes other parameters than its path has";
        }
    }

    private static string Start(string text) => text.Length > 200 ? text[..200] : text;

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => m.Key == "$ref" ? [(string)m.Value!] : References(m.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    /// <summary>What the router knows, by method and template as OpenAPI writes it.</summary>
    private static IEnumerable<string> RoutesOf(TestServer server) =>
        from endpoint in World.Endpoints(server)
        let methods = endpoint.Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().LastOrDefault()?.HttpMethods
        where methods is not null
        let path = Regex.Replace(
            "/" + endpoint.RoutePattern.RawText!.Trim('/'), @"{\**([a-z0-9_]+)[^}]*}", "{$1}", RegexOptions.IgnoreCase)
        // The document, its own route, cannot describe itself; pages are for people.
        where path.StartsWith("/v1", StringComparison.Ordinal) || path.StartsWith("/gate/", StringComparison.Ordinal)
            || path.StartsWith("/oauth/", StringComparison.Ordinal) || path.StartsWith("/log/", StringComparison.Ordinal)
            || path.StartsWith("/webhooks/", StringComparison.Ordinal) || path.StartsWith("/.well-known/", StringComparison.Ordinal)
        from method in methods
        select $"{method} {path}";
}
