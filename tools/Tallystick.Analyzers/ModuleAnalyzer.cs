using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Tallystick.Analyzers;

/// <summary>
/// Keeps the modules of a project apart: who may use whom stands in <c>module-edges.txt</c>, and then only through
/// contracts. Works in every project that has such a file among its additional files.
/// </summary>
/// <remarks>
/// Names in the source tell most uses; the types of expressions tell the rest, which no name shows: <c>var</c>, target-typed
/// <c>new()</c>, inferred type arguments, user-defined conversions.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ModuleAnalyzer : DiagnosticAnalyzer
{
    private static readonly OperationKind[] AllOperations =
        [.. Enum.GetValues(typeof(OperationKind)).Cast<OperationKind>().Distinct()];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.UnlistedEdge, Rules.NotContract, Rules.FoundationKnowsDomain, Rules.RootLooksInside,
        Rules.UnusedEdge, Rules.BadEdgeLine, Rules.MisplacedFile, Rules.NoTableOfContents,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        // Pages are generated from Razor files: what they use counts like everything else.
        context.ConfigureGeneratedCodeAnalysis(
            GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(Start);
    }

    private static void Start(CompilationStartAnalysisContext context)
    {
        var file = context.Options.AdditionalFiles.FirstOrDefault(f =>
            Path.GetFileName(f.Path).Equals(ModuleMap.FileName, StringComparison.Ordinal));
        if (file?.GetText(context.CancellationToken) is not { } text)
        {
            return;
        }

        var problems = new List<Diagnostic>();
        var map = ModuleMap.Read(context.Compilation.AssemblyName ?? "", file.Path, text, problems);
        var uses = new Uses(map, context.Compilation.Assembly);
        var places = new ModulePlaces(map, ProjectFolder(context.Options));

        context.RegisterSyntaxNodeAction(uses.OfName, SyntaxKind.IdentifierName, SyntaxKind.GenericName);
        context.RegisterOperationAction(uses.OfOperation, AllOperations);
        context.RegisterSymbolAction(places.Visit, SymbolKind.NamedType);
        context.RegisterCompilationEndAction(end =>
        {
            problems.ForEach(end.ReportDiagnostic);
            places.Finish(end);
            uses.Finish(end, places);
        });
    }

    private static string ProjectFolder(AnalyzerOptions options) =>
        options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.projectdir", out var folder)
            ? folder
            : "";

    /// <summary>Collects who uses whom, and reports what is not allowed.</summary>
    private sealed class Uses(ModuleMap map, IAssemblySymbol own)
    {
        private readonly ConcurrentDictionary<(string From, string To), bool> _used = new();

        // A use shows as a name and as an expression's type: it is said once a line.
        private readonly ConcurrentDictionary<(string Path, int Line, string Type), bool> _said = new();

        public void OfName(SyntaxNodeAnalysisContext context)
        {
            // Documentation may mention whatever it likes.
            if (context.Node.IsPartOfStructuredTrivia())
            {
                return;
            }

            var ns = context.Node.FirstAncestorOrSelf<UsingDirectiveSyntax>() is null
                ? NamespaceOf(context.ContainingSymbol)
                : FileNamespace(context);
            var symbol = context.SemanticModel.GetSymbolInfo(context.Node, context.CancellationToken).Symbol;
            foreach (var type in TypesIn.Symbol(symbol))
            {
                Check(ns, type, context.Node.GetLocation(), context.ReportDiagnostic);
            }
        }

        public void OfOperation(OperationAnalysisContext context)
        {
            foreach (var type in TypesIn.Operation(context.Operation))
            {
                Check(
                    NamespaceOf(context.ContainingSymbol), type, context.Operation.Syntax.GetLocation(),
                    context.ReportDiagnostic);
            }
        }

        public void Finish(CompilationAnalysisContext context, ModulePlaces places)
        {
            foreach (var edge in map.Edges)
            {
                var (from, to) = edge.Key;
                if (new[] { from, to }.FirstOrDefault(m => !places.Exists(m)) is { } unknown)
                {
                    context.ReportDiagnostic(Diagnostic.Create(
                        Rules.BadEdgeLine, edge.Value, $"There is no module '{unknown}'"));
                }
                else if (!_used.ContainsKey((from, to)))
                {
                    context.ReportDiagnostic(Diagnostic.Create(Rules.UnusedEdge, edge.Value, from, to));
                }
            }
        }

        private void Check(INamespaceSymbol? ns, INamedTypeSymbol type, Location place, Action<Diagnostic> report)
        {
            if (!SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, own) ||
                map.ModuleOf(type.ContainingNamespace) is not { } to || to == ModuleMap.Foundation)
            {
                return;
            }

            var from = map.ModuleOf(ns);
            if (from == to || Fault(from, to, ns, type) is not { } rule)
            {
                return;
            }

            var line = place.GetLineSpan();
            if (_said.TryAdd((line.Path, line.StartLinePosition.Line, type.ToDisplayString()), true))
            {
                report(Diagnostic.Create(rule, place, from ?? "The composition root", type.Name, to));
            }
        }

        private DiagnosticDescriptor? Fault(string? from, string to, INamespaceSymbol? ns, INamedTypeSymbol type)
        {
            if (from is null)
            {
                return map.IsCompositionRoot(ns) && Outermost(type).Name != to + "Module" ? Rules.RootLooksInside : null;
            }

            if (from == ModuleMap.Foundation)
            {
                return Rules.FoundationKnowsDomain;
            }

            _used.TryAdd((from, to), true);
            return from != ModuleMap.Pages && !map.Lists(from, to) ? Rules.UnlistedEdge
                : map.IsContract(type, to) ? null
                : Rules.NotContract;
        }

        private static INamedTypeSymbol Outermost(INamedTypeSymbol type)
        {
            while (type.ContainingType is { } outer)
            {
                type = outer;
            }

            return type;
        }

        private static INamespaceSymbol? NamespaceOf(ISymbol? symbol) =>
            symbol as INamespaceSymbol ?? symbol?.ContainingNamespace;

        /// <summary>A using directive stands above the namespace that it serves.</summary>
        private static INamespaceSymbol? FileNamespace(SyntaxNodeAnalysisContext context)
        {
            var declared = context.Node.SyntaxTree.GetRoot(context.CancellationToken)
                .DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
                .OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault();
            return declared is null
                ? null
                : context.SemanticModel.GetDeclaredSymbol(declared, context.CancellationToken) as INamespaceSymbol;
        }
    }
}
