using Microsoft.CodeAnalysis;

namespace Tallystick.Analyzers;

/// <summary>What the build enforces beyond the language. Every message says what to do.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor UnlistedEdge = Error(
        "TALLY001",
        "Module edges are listed",
        "'{0}' uses '{1}' of module '{2}', but module-edges.txt has no edge '{0} -> {2}': " +
        "list it if it is meant, or let the modules talk by an event");

    public static readonly DiagnosticDescriptor NotContract = Error(
        "TALLY002",
        "Other modules are used through their contracts",
        "'{0}' uses '{1}', which is not among the contracts of module '{2}': " +
        "use a type of its Contracts namespace, or add one there");

    public static readonly DiagnosticDescriptor FoundationKnowsDomain = Error(
        "TALLY003",
        "Foundation knows no module",
        "{0} uses '{1}' of module '{2}': move what needs it into that module");

    public static readonly DiagnosticDescriptor RootLooksInside = Error(
        "TALLY004",
        "The composition root sees only the modules' tables of contents",
        "{0} uses '{1}' of module '{2}': it may touch '{2}Module' only");

    public static readonly DiagnosticDescriptor UnusedEdge = Error(
        "TALLY005",
        "Listed edges are used",
        "The edge '{0} -> {1}' is not used by any code: delete it");

    public static readonly DiagnosticDescriptor BadEdgeLine = Error(
        "TALLY006",
        "The list of edges can be read",
        "{0}");

    public static readonly DiagnosticDescriptor MisplacedFile = Error(
        "TALLY007",
        "A module is a folder and a namespace",
        "This file lies in '{0}' but declares the namespace '{1}': move it or rename the namespace");

    public static readonly DiagnosticDescriptor NoTableOfContents = Error(
        "TALLY008",
        "A module has a table of contents",
        "'{0}' is no known module: it has no class '{0}Module' in the namespace '{1}'");

    public static readonly DiagnosticDescriptor LongFunction = new(
        "TALLY070",
        "A long function deserves a second look",
        "'{0}' has {1} lines; {2} are the aim",
        "Shape",
        DiagnosticSeverity.Info,
        isEnabledByDefault: true);

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, "Modules", DiagnosticSeverity.Error, isEnabledByDefault: true,
            customTags: [WellKnownDiagnosticTags.NotConfigurable]);
}
