using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Tallystick.Analyzers;

/// <summary>Where the modules are: folder and namespace agree, and each one has its table of contents.</summary>
internal sealed class ModulePlaces(ModuleMap map, string projectFolder)
{
    private readonly ConcurrentDictionary<string, Location> _modules = new();
    private readonly ConcurrentDictionary<string, bool> _withContents = new();

    public bool Exists(string module) => _modules.ContainsKey(module);

    public void Visit(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        var ns = type.ContainingNamespace.ToDisplayString();
        if (map.ModuleOf(ns) is not { } module)
        {
            return;
        }

        _modules.TryAdd(module, type.Locations[0]);
        if (type.Name == module + "Module" && ns == map.NamespaceOf(module))
        {
            _withContents.TryAdd(module, true);
        }

        foreach (var place in type.Locations)
        {
            if (FolderOf(place) is { } folder && folder != module)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.MisplacedFile, place, folder, ns));
            }
        }
    }

    public void Finish(CompilationAnalysisContext context)
    {
        foreach (var module in _modules.Where(m => !_withContents.ContainsKey(m.Key)))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.NoTableOfContents, module.Value, module.Key, map.NamespaceOf(module.Key)));
        }
    }

    /// <summary>The first folder below the project; null for generated files, which lie elsewhere.</summary>
    private string? FolderOf(Location place)
    {
        var path = place.SourceTree?.FilePath ?? "";
        if (projectFolder.Length == 0 || !path.StartsWith(projectFolder, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = path.Substring(projectFolder.Length).TrimStart('/', '\\').Split('/', '\\');
        return parts.Length > 1 ? parts[0] : "";
    }
}
