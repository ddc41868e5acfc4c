using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Tallystick.Analyzers.Tests.Support;

/// <summary>
/// A small server with three modules: Payments, Journal and Catalog. A test adds what Payments does and what the list of
/// edges says, and gets back what the analyzer reports.
/// </summary>
internal sealed class Shop
{
    private const string Modules =
        """
        namespace Tallystick.Server.Foundation
        {
            public static class FoundationModule { }
            public class Database { }
        }
        namespace Tallystick.Server.Journal
        {
            public static class JournalModule { public static string AddJournal(this string app) => app; }
            public class Posting { public static Posting First => new(); public long Amount; }
            [System.AttributeUsage(System.AttributeTargets.All)] public class BookedAttribute : System.Attribute { }
            public static class PostingExtensions { public static string Book(this string text) => text; }
        }
        namespace Tallystick.Server.Journal.Contracts
        {
            public class Books
            {
                public Entry Last() => new();
                public Entry[] All() => [];
                public Journal.Posting Hidden() => new();
                public void Keep(Journal.Posting posting) { }
                public static T Make<T>() where T : new() => new();
            }
            public class Entry { public int Lines; public class Line { } }
            public readonly struct Cents { public static implicit operator long(Cents cents) => 1; }
            public static class EntryExtensions { public static string Enter(this string text) => text; }
        }
        namespace Tallystick.Server.Catalog
        {
            public static class CatalogModule { }
        }
        namespace Tallystick.Server.Catalog.Contracts
        {
            public class Work
            {
                public Journal.Contracts.Entry Entry() => new();
                public Journal.Contracts.Cents Price() => default;
                public void Each(System.Action<Journal.Contracts.Entry> visit) { }
            }
        }
        """;

    private static readonly ImmutableArray<MetadataReference> Framework =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly List<(string Path, string Text)> _files =
        [("/repo/artifacts/obj/Modules.cs", Modules)];

    private string? _edges = "Catalog -> Journal";

    public Shop Edges(string? edges)
    {
        _edges = edges;
        return this;
    }

    public Shop File(string path, string text)
    {
        _files.Add(($"/repo/src/Tallystick.Server/{path}", text));
        return this;
    }

    /// <summary>What Payments declares besides its table of contents.</summary>
    public Shop Payments(string members, string above = "") => File(
        "Payments/Pay.cs",
        $"{above}\nnamespace Tallystick.Server.Payments;\n" +
        $"public static class PaymentsModule {{ }}\n{members}\n");

    public async Task<IReadOnlyList<Diagnostic>> Report(DiagnosticAnalyzer? analyzer = null)
    {
        var compilation = CSharpCompilation.Create(
            "Tallystick.Server",
            _files.Select(f => CSharpSyntaxTree.ParseText(f.Text, path: f.Path)),
            Framework,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        // A mistake in a test's own source would make it pass for the wrong reason.
        compilation.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(d => d.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();

        AdditionalText[] files = _edges is null ? [] : [new Listing(_edges)];
        var found = await compilation.WithAnalyzers(
                [analyzer ?? new ModuleAnalyzer()],
                new AnalyzerOptions([.. files], new Settings()))
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        return [.. found.OrderBy(d => d.Id, StringComparer.Ordinal)];
    }

    public async Task<string[]> Ids() => [.. (await Report()).Select(d => d.Id).Distinct()];

    private sealed class Listing(string text) : AdditionalText
    {
        public override string Path => "/repo/src/Tallystick.Server/module-edges.txt";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class Settings : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new ProjectFolder();

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class ProjectFolder : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = key == "build_property.projectdir" ? "/repo/src/Tallystick.Server/" : "";
            return value.Length > 0;
        }
    }
}
