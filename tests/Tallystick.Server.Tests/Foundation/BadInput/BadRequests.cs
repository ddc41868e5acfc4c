using System.Text;
using System.Text.RegularExpressions;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Foundation.BadInput;

/// <summary>The table of what is wrong, made for any operation from its description.</summary>
internal sealed partial class BadRequests(ApiDocument document, World world, IReadOnlySet<string> open)
{
    private readonly IReadOnlySet<string> _open = open;
    private readonly World _world = world;

    private static readonly string[] BadParts =
        ["x", "-1", "99999999999999999999999999", "%00", "%01", "%2e%2e%2f%2e%2e%2fetc", "%ff%fe", "%F0%9F%92%B0", new('9', 4_000), "a%20b", "'%3b--"];

    private static readonly string[] BadQueries =
        ["%00", "a%00b", "%ff%fe", "%ed%a0%80", new('q', 4_000), "-1", "abc", "1e5", "99999999999999999999999999", "1%3bdrop", "%0d%0a"];

    private readonly BadBodies _bodies = new(document);

    /// <summary>Nobody, somebody unknown, somebody who may do something else.</summary>
    public static IEnumerable<BadRequest> Credentials(BadRequests make, Operation operation) =>
        make._open.Contains(operation.ToString()) ? [] : make.Unwelcome(operation).Select(c =>
            make.Whole(operation, c.Bearer) with
            {
                What = c.What,
                // Kestrel itself refuses a header that is not UTF-8.
                Fitting = c.Bearer?.Contains('\u00ff') == true ? [400] : [401, 403],
            });

    /// <summary>Ids of others, and what is no id at all.</summary>
    public static IEnumerable<BadRequest> Ids(BadRequests make, Operation operation)
    {
        if (!operation.Parameters("path").Any())
        {
            yield break;
        }

        if (!make._open.Contains(operation.ToString()))
        {
            yield return make.Whole(operation, Key(make._world.Stranger)) with { What = "another organisation's id" };
        }

        foreach (var name in operation.Parameters("path"))
        {
            // A path inside a version may have almost any name: only what can be no name is wrong there.
            var free = operation.Path.EndsWith($"/files/{{{name}}}", StringComparison.Ordinal);
            foreach (var part in BadParts.Where(p => !free || p.Contains("%0") || p.Contains("%2f") || p.Length > 2_000))
            {
                var url = make.Url(operation, (name, part));
                yield return make.Whole(operation, make.Bearer(operation)) with { What = $"{name} = {Short(part)}", Url = url, Fitting = [400, 401, 404, 409, 414, 415] };
            }
        }
    }

    /// <summary>Every query parameter and header that the document names, with values of every bad kind.</summary>
    public static IEnumerable<BadRequest> QueriesAndHeaders(BadRequests make, Operation operation)
    {
        var whole = make.Whole(operation, make.Bearer(operation));
        foreach (var parameter in operation.Described("query"))
        {
            var name = (string)parameter["name"]!;
            var number = ApiDocument.Types(make.Schema(parameter)).Contains("integer");
            foreach (var value in BadQueries)
            {
                yield return whole with
                {
                    What = $"?{name}={Short(value)}",
                    Url = $"{whole.Url}?{name}={value}",
                    // Text that is nobody's name finds nothing.
                    MayBeAnswered = !number && !value.Contains("%00"),
                };
            }
        }

        foreach (var name in operation.Parameters("header"))
        {
            foreach (var value in (string[])["", new('h', 8_000), "\u00ff\u00fe", "{}", "-1"])
            {
                yield return whole with
                {
                    What = $"header {name}: {Short(value)}",
                    Headers = new Dictionary<string, string> { [name] = value },
                    MayBeAnswered = operation.Method is "GET" or "HEAD",
                };
            }
        }
    }

    /// <summary>What is no document, the wrong media type, and a fitting document with one thing wrong.</summary>
    public static IEnumerable<BadRequest> Bodies(BadRequests make, Operation operation)
    {
        if (operation.Body is not { } content)
        {
            yield break;
        }

        var whole = make.Whole(operation, make.Bearer(operation));
        var type = content.First().Key;
        // A file may hold anything.
        foreach (var (what, bytes) in type is "*/*" or "application/octet-stream" ? [] : BadBodies.NotDocuments())
        {
            yield return whole with { What = what, Body = bytes, ContentType = operation.IsJson ? "application/json" : type };
        }

        if (!operation.IsJson)
        {
            yield break;
        }

        var schema = content["application/json"]!["schema"];
        var fitting = Encoding.UTF8.GetBytes(make._bodies.Fitting(schema)?.ToJsonString() ?? "{}");
        int[] media = [415, 400];
        foreach (var other in (string[])["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"])
        {
            yield return whole with { What = other, Body = fitting, ContentType = other, Fitting = media };
        }

        yield return whole with { What = "no media type", Body = fitting, ContentType = null, Fitting = media };
        foreach (var (what, bytes) in make._bodies.Mutations(schema))
        {
            yield return whole with { What = what, Body = bytes, ContentType = "application/json", Fitting = [400, 404, 409, 413, 422] };
        }
    }

    private IEnumerable<(string What, string? Bearer)> Unwelcome(Operation operation)
    {
        yield return ("no credentials", null);
        yield return ("an unknown API key", "Bearer tsk_" + new string('a', 43));
        yield return ("an unknown gate secret", "Bearer tgk_" + new string('a', 43));
        yield return ("an empty token", "Bearer ");
        yield return ("a token that is none", "Bearer \u00ff\u00fe");
        yield return ("a long token", "Bearer " + new string('t', 8_000));
        yield return ("another scheme", "Basic dXNlcjpwYXNzd29yZA==");
        if (operation.Path.StartsWith("/gate/", StringComparison.Ordinal))
        {
            yield return ("an organisation's key at a route of gates", Key(_world.Owner));
        }
        else if (operation.Path != "/oauth/introspect")
        {
            yield return ("a gate's secret at a route of organisations", "Bearer " + TestServer.GateSecret);
        }
    }

    /// <summary>A request whose address and credential are right.</summary>
    private BadRequest Whole(Operation operation, string? bearer)
    {
        var content = operation.Body?.FirstOrDefault();
        var json = operation.IsJson ? _bodies.Fitting(operation.Body!["application/json"]!["schema"])?.ToJsonString() : null;
        return new("nothing wrong", operation, Url(operation), bearer)
        {
            Body = json is not null ? Encoding.UTF8.GetBytes(json) : content is null ? null : [],
            ContentType = json is not null ? "application/json" : content?.Key,
        };
    }

    private string Url(Operation operation, (string Name, string Value)? wrong = null)
    {
        var collection = "";
        var parts = operation.Path.Split('/').Select(part =>
        {
            if (Parameter().Match(part) is not { Success: true } match)
            {
                collection = part;
                return part;
            }

            return wrong?.Name == match.Groups[1].Value
                ? wrong.Value.Value
                : _world.Ids.GetValueOrDefault(collection, "018f0000-0000-7000-8000-000000000000");
        });
        return string.Join('/', parts);
    }

    private string Bearer(Operation operation) =>
        operation.Path.StartsWith("/gate/", StringComparison.Ordinal) ? "Bearer " + TestServer.GateSecret
        : operation.Path.StartsWith("/v1/journal", StringComparison.Ordinal) || operation.Path.StartsWith("/v1/billing-runs", StringComparison.Ordinal) ||
            operation.Path.StartsWith("/v1/webhooks", StringComparison.Ordinal) || operation.Path.StartsWith("/v1/set-aside", StringComparison.Ordinal) || operation.Path is "/metrics" or "/v1/password-resets"
            ? "Bearer " + TestServer.OperatorKey
            : Key(_world.Owner);

    private System.Text.Json.Nodes.JsonObject Schema(System.Text.Json.Nodes.JsonObject parameter) =>
        document.Resolve(parameter["schema"]);

    private static string Key(Member member) => "Bearer " + member.ApiKey;

    private static string Short(string value) => value.Length > 40 ? $"{value.Length} characters" : value;

    [GeneratedRegex("^{([A-Za-z_]+)}$")]
    private static partial Regex Parameter();
}
