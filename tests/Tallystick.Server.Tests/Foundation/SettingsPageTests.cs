using System.Text.RegularExpressions;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>The page docs/operator-settings.md beside the options of the code: of the server and of the gate.</summary>
public sealed partial class SettingsPageTests
{
    [Fact]
    public void The_settings_page_tells_of_every_setting_and_of_no_other()
    {
        var documented = File.ReadLines(Path.Combine(Repository(), "docs", "operator-settings.md"))
            .Select(l => Row().Match(l)).Where(m => m.Success).Select(m => m.Groups["key"].Value).ToList();
        var read = new[] { "Tallystick.Server", "Tallystick.Gate" }
            .SelectMany(host => Directory.GetFiles(Path.Combine(Repository(), "src", host), "*Options.cs", SearchOption.AllDirectories))
            .SelectMany(Keys).ToList();

        read.Count.ShouldBeGreaterThan(80);
        documented.ShouldBe(read, ignoreOrder: true);
    }

    private static IEnumerable<string> Keys(string file)
    {
        var source = File.ReadAllText(file);
        var section = Section().Match(source).Groups["name"].Value;
        return Property().Matches(source).Select(m => $"{section}:{m.Groups["name"].Value}");
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Tallystick.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^\| `(?<key>\w+:\w+)(:NAME)?` \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"<c>Tally:(?<name>\w+)</c>")]
    private static partial Regex Section();

    /// <summary>What configuration can be bound to: whatever can be set, and lists that can be filled.</summary>
    [GeneratedRegex(
        @"^    public (.+ (?<name>\w+) \{ get; (set|init); \}|IList<\w+> (?<name>\w+) \{ get; \})", RegexOptions.Multiline)]
    private static partial Regex Property();
}
