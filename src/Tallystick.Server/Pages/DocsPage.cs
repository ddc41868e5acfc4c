using Microsoft.OpenApi;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Pages;

/// <summary>The API reference, read from the same OpenAPI document that programs read.</summary>
internal static class DocsPage
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/docs", async (
        ApiDocument document, CancellationToken stop) =>
        Page.Of<DocsView>(new { Groups = Group((await document.Read(stop)).Document) }))
        .AllowAnonymous();

    private static IReadOnlyList<DocsGroup> Group(OpenApiDocument document) =>
        [.. document.Paths
            .SelectMany(path => path.Value.Operations?.Select(o => (path.Key, Method: o.Key.Method, Operation: o.Value)) ?? [])
            .GroupBy(o => Topic(o.Key))
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

    // What a path is about: its first word, by a name that people use.
    private static string Topic(string path)
    {
        var word = path.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(p => p != "v1") ?? "";
        return word switch
        {
            "sign-in" or "sign-out" or "sign-up" or "organisations" or "api-keys" => "Accounts",
            "oauth" or ".well-known" or "status-lists" => "Keys and tokens",
            "gate" => "For gates",
            "log" or "receipts" or "usage-receipts" => "Log and receipts",
            "requests" or "usage" => "Usage",
            "payouts" or "payout-account" => "Payouts",
            "journal" or "billing-runs" => "Billing and books",
            "metrics" or "health" => "Running it",
            "" => "Other",
            _ => char.ToUpperInvariant(word[0]) + word[1..].Replace('-', ' '),
        };
    }
}

/// <summary>Routes about one thing.</summary>
public sealed record DocsGroup(string Name, IReadOnlyList<DocsRoute> Routes);

/// <summary>One route.</summary>
public sealed record DocsRoute(string Method, string Path, string Summary, IReadOnlyList<string> Parameters, IReadOnlyList<string> Answers);
