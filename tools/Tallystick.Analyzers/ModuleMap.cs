using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Tallystick.Analyzers;

/// <summary>
/// Which module a namespace belongs to, and which edges between modules are listed. The list has one line a module:
/// <c>Payments -> Journal, Catalog</c>; blank lines and what follows a <c>#</c> are for people.
/// </summary>
internal sealed class ModuleMap
{
    public const string FileName = "module-edges.txt";
    public const string Foundation = "Foundation";
    public const string Pages = "Pages";

    private readonly string _root;
    private readonly Dictionary<(string From, string To), Location> _edges = [];

    private ModuleMap(string root) => _root = root;

    public IEnumerable<KeyValuePair<(string From, string To), Location>> Edges => _edges;

    public static ModuleMap Read(string root, string path, SourceText text, ICollection<Diagnostic> problems)
    {
        var map = new ModuleMap(root);
        foreach (var line in text.Lines)
        {
            map.ReadLine(path, text, line, problems);
        }

        return map;
    }

    public bool Lists(string from, string to) => _edges.ContainsKey((from, to));

    /// <summary>The module of a namespace, or null outside of any: the composition root or foreign code.</summary>
    public string? ModuleOf(INamespaceSymbol? ns) => ModuleOf(ns?.ToDisplayString() ?? "");

    public string? ModuleOf(string ns) =>
        ns.StartsWith(_root + ".", StringComparison.Ordinal) ? ns.Substring(_root.Length + 1).Split('.')[0] : null;

    /// <summary>The root namespace itself, or none at all (top-level statements).</summary>
    public bool IsCompositionRoot(INamespaceSymbol? ns) =>
        ns is null || ns.IsGlobalNamespace || ns.ToDisplayString() == _root;

    public bool IsContract(INamedTypeSymbol type, string module)
    {
        var contracts = $"{_root}.{module}.Contracts";
        var ns = type.ContainingNamespace.ToDisplayString();
        return ns == contracts || ns.StartsWith(contracts + ".", StringComparison.Ordinal);
    }

    public string NamespaceOf(string module) => $"{_root}.{module}";

    private void ReadLine(string path, SourceText text, TextLine line, ICollection<Diagnostic> problems)
    {
        var content = line.ToString().Split('#')[0].Trim();
        if (content.Length == 0)
        {
            return;
        }

        var place = Location.Create(path, line.Span, text.Lines.GetLinePositionSpan(line.Span));
        var sides = content.Split(["->"], StringSplitOptions.None);
        var from = sides[0].Trim();
        if (sides.Length != 2 || !IsName(from))
        {
            problems.Add(Diagnostic.Create(
                Rules.BadEdgeLine, place, $"'{content}' is not of the form 'Payments -> Journal, Catalog'"));
            return;
        }

        foreach (var to in sides[1].Split(',').Select(name => name.Trim()))
        {
            if (Refusal(from, to) is { } refusal)
            {
                problems.Add(Diagnostic.Create(Rules.BadEdgeLine, place, refusal));
            }
            else
            {
                _edges[(from, to)] = place;
            }
        }
    }

    private string? Refusal(string from, string to) =>
        !IsName(to) ? $"'{to}' is not the name of a module"
        : to == from ? $"'{from}' needs no edge to itself"
        : to == Foundation ? "Every module may use Foundation: this edge needs no line"
        : from == Foundation ? "Foundation may use no module"
        : from == Pages ? "Pages may read every module's contracts: this edge needs no line"
        : Lists(from, to) ? $"The edge '{from} -> {to}' is listed twice"
        : null;

    private static bool IsName(string text) => text.Length > 0 && text.All(char.IsLetterOrDigit);
}
