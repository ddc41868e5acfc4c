using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;
using Tallystick.Core.Json;
using Tallystick.Hosting;

namespace Tallystick.Server.Pages;

/// <summary>
/// The API as the one who looks at a page would get it, called in this process: the route's own handler, filters and
/// owner checks run, so a page can neither show nor do more than the API. The caller is the page's caller.
/// </summary>
internal sealed class PageApi(HttpContext page)
{
    /// <summary>Answers may gain members that no page shows.</summary>
    private static readonly JsonSerializerOptions Lenient =
        new(TallyJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    public static ValueTask<PageApi?> BindAsync(HttpContext context) => new(new PageApi(context));

    /// <summary>What a GET route answers; the page is refused when the route refuses.</summary>
    /// <param name="route">The route's name.</param>
    /// <param name="values">Its route values, and the rest as its query.</param>
    public async Task<T> Read<T>(string route, object? values = null) =>
        (await Try<T>(route, values)).Succeeded(out var answer, out var refusal)
            ? answer
            : throw new PageRefusedException(refusal);

    /// <summary>A part of a list, with the way to the next and back.</summary>
    /// <param name="after">What the part before ended with; null for the first.</param>
    public async Task<Listed<T>> List<T>(string route, string? after, object? values = null)
    {
        var part = await Read<Part<T>>(route, new RouteValueDictionary(values) { ["after"] = after });
        return new(part.Items, part.Next, after);
    }

    /// <summary>What a GET route answers, or null where it says that there is none.</summary>
    public async Task<T?> Find<T>(string route, object? values = null)
        where T : class
    {
        var outcome = await Try<T>(route, values);
        return outcome.Refusal is { } refusal && refusal.Type.Status != StatusCodes.Status404NotFound
            ? throw new PageRefusedException(refusal)
            : outcome.Refusal is null ? outcome.Value : null;
    }

    /// <summary>What a GET route answers with plain text; null when it has none to give.</summary>
    public async Task<string?> Text(string route)
    {
        var call = Call(route, [], null);
        await call.GetEndpoint()!.RequestDelegate!(call);
        return call.Response.StatusCode < 400
            ? System.Text.Encoding.UTF8.GetString(((MemoryStream)call.Response.Body).ToArray())
            : null;
    }

    /// <summary>Does what a route does; a refusal is for the page to explain.</summary>
    public async Task<Outcome<T>> Try<T>(
        string route, object? values = null, object? body = null, string? idempotencyKey = null)
    {
        var call = Call(route, new RouteValueDictionary(values), body);
        if (idempotencyKey is not null)
        {
            call.Request.Headers["Idempotency-Key"] = idempotencyKey;
        }

        var endpoint = call.GetEndpoint()!;
        await endpoint.RequestDelegate!(call);
        var bytes = ((MemoryStream)call.Response.Body).ToArray();
        if (call.Response.StatusCode < 400)
        {
            return bytes.Length == 0 ? default! : JsonSerializer.Deserialize<T>(bytes, Lenient)!;
        }

        return bytes.Length == 0 ? PageRefusal.ByStatus(call.Response.StatusCode) : Described(call.Response.StatusCode, bytes);
    }

    private DefaultHttpContext Call(string route, RouteValueDictionary values, object? body)
    {
        var endpoint = page.RequestServices.GetRequiredService<ApiRoutes>().Named(route);
        var inPath = endpoint.RoutePattern.Parameters.Select(p => p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var call = new DefaultHttpContext
        {
            RequestServices = page.RequestServices,
            User = page.User,
            RequestAborted = page.RequestAborted,
            TraceIdentifier = page.TraceIdentifier,
        };
        call.Connection.RemoteIpAddress = page.Connection.RemoteIpAddress;
        call.SetEndpoint(endpoint);
        call.Request.Method = endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods[0];
        call.Request.Scheme = page.Request.Scheme;
        call.Request.Host = page.Request.Host;
        foreach (var (name, value) in values.Where(v => inPath.Contains(v.Key)))
        {
            call.Request.RouteValues[name] = Invariant(value);
        }

        call.Request.QueryString = QueryString.Create(
            values.Where(v => !inPath.Contains(v.Key) && v.Value is not null).Select(v => KeyValuePair.Create(v.Key, Invariant(v.Value))));
        if (body is not null)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(body, TallyJson.Options);
            call.Request.ContentType = "application/json";
            call.Request.ContentLength = json.Length;
            call.Request.Body = new MemoryStream(json);
            call.Features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
        }

        call.Response.Body = new MemoryStream();
        return call;
    }

    private static string? Invariant(object? value) => value switch
    {
        DateTimeOffset at => at.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        null => null,
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
    };

    private static Refusal Described(int status, byte[] problem)
    {
        var document = JsonSerializer.Deserialize<ProblemDocument>(problem, Lenient)!;
        return new ProblemType(
            document.Type?.Split('/')[^1] ?? "", status, document.Title ?? "This was refused.", document.WhatToDo ?? "")
            .With(document.Detail ?? "");
    }

    private sealed record ProblemDocument(
        string? Type = null, string? Title = null, string? Detail = null, string? WhatToDo = null);

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}

/// <summary>The routes of the API by their names.</summary>
internal sealed class ApiRoutes(EndpointDataSource endpoints)
{
    private readonly Lazy<FrozenDictionary<string, RouteEndpoint>> _named = new(() => endpoints.Endpoints
        .OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
        .ToFrozenDictionary(e => e.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName, StringComparer.Ordinal));

    public RouteEndpoint Named(string name) => _named.Value[name];
}
