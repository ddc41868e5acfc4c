namespace Tallystick.Gate.Tests.Support;

/// <summary>Where the sources stand.</summary>
internal static class Repository
{
    public static string Folder { get; } = Find();

    private static string Find()
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
