namespace Tallystick.Bench;

/// <summary>A folder of a measurement, removed with all it holds. To be declared before what writes into it, so that it goes last.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tally-bench-");

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
