using System.Xml.Linq;

namespace Tallystick.Analyzers.Tests;

/// <summary>Which project may know which: the library at the left knows only those at the right.</summary>
public class ProjectReferencesTests
{
    public static TheoryData<string, string[]> Allowed => new()
    {
        { "Crypto", [] },
        { "Core", ["Crypto"] },
        { "Xrpl", ["Crypto"] },
        { "Hosting", ["Core"] },
        { "Client", ["Core", "Xrpl"] },
        { "Cli", ["Client"] },
        { "Gate", ["Core", "Hosting", "Xrpl"] },
        { "Server", ["Core", "Hosting", "Xrpl"] },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_shipped_project_references_only_what_the_architecture_allows(string project, string[] allowed) =>
        References($"src/Tallystick.{project}/Tallystick.{project}.csproj").ShouldBeSubsetOf(allowed);

    [Fact]
    public void Every_shipped_project_has_its_rule() =>
        Directory.GetDirectories(Path.Combine(Repository, "src"))
            .Select(folder => Path.GetFileName(folder).Replace("Tallystick.", "", StringComparison.Ordinal))
            .ShouldBe(Allowed.Select(row => row.Data.Item1), ignoreOrder: true);

    [Fact]
    public void No_shipped_project_references_a_tool() =>
        Directory.GetFiles(Path.Combine(Repository, "src"), "*.csproj", SearchOption.AllDirectories)
            .SelectMany(RawReferences)
            .Where(r => r.Attribute("OutputItemType")?.Value != "Analyzer")
            .Select(r => r.Attribute("Include")!.Value)
            .ShouldAllBe(path => !path.Contains("tools/", StringComparison.Ordinal));

    private static string Repository { get; } = FindRepository();

    private static string[] References(string project) =>
    [
        .. RawReferences(Path.Combine(Repository, project))
            .Where(r => r.Attribute("OutputItemType")?.Value != "Analyzer")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))
            .Select(name => name["Tallystick.".Length..]),
    ];

    private static IEnumerable<XElement> RawReferences(string project) =>
        XDocument.Load(project).Descendants("ProjectReference");

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tallystick.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/'))
                ?? throw new InvalidOperationException("The suite does not run inside the repository.");
        }

        return folder;
    }
}
