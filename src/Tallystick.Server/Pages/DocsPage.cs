using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Tallystick.Server.Pages;

/// <summary>The API reference, read from the same OpenAPI document that programs read.</summary>
internal static class DocsPage
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/docs", async (
        [FromKeyedServices("v1")] IOpenApiDocumentProvider documents, CancellationToken stop) =>
        Page.Of<DocsView>(new { Groups = Group(await documents.GetOpenApiDocumentAsync(stop)) }))
        .AllowAnonymous();

    private static IReadOnlyList<DocsGroup> Group(OpenApiDocument document) =>
        [.. document.Paths
            .SelectMany(path => path.Value.Operations?.Select(o => (path.Key, Method: o.Key.Method, Operation: o.Value)) ?? [])
            .GroupBy(o => Topic(o.Key, o.Operation))
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new DocsGroup(
                g.Key,
                [.. g.OrderBy(o => o.Key, StringComparer.Ordinal).ThenBy(o => o.Method, StringComparer.Ordinal)
                    .Select(o => new DocsRoute(
                        o.Method,
                        o.Key,
                        o.Operation.Summary ?? "",
                        [.. o.Operation.Parameters?.Select(p => p.Name ?? "").Where(n => n.Length > 0 && !o.Key.Contains($"{{{n}}}", StringComparison.Ordinal)) ?? []],
                        [.. o.Operation.Responses?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()]))]))];

    // The module's tag where it names one; else the first word of the path.
    private static string Topic(string path, OpenApiOperation operation)
    {
        var tag = operation.Tags?.FirstOrDefault()?.Name;
        if (tag is { Length: > 0 } && !tag.StartsWith("Tallystick", StringComparison.Ordinal))
        {
            return tag;
        }

        var word = path.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(p => p is not "v1") ?? "Other";
        return char.ToUpperInvariant(word[0]) + word[1..].Replace('-', ' ');
    }
}

/// <summary>Routes about one thing.</summary>
public sealed record DocsGroup(string Name, IReadOnlyList<DocsRoute> Routes);

/// <summary>One route.</summary>
public sealed record DocsRoute(string Method, string Path, string Summary, IReadOnlyList<string> Parameters, IReadOnlyList<string> Answers);
