namespace Tallystick.Gate;

/// <summary>Holds a data folder for one process. The system lets go of it when the process dies.</summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream _held;

    public FolderLock(string folder)
    {
        var path = Path.Combine(folder, "lock");
        try
        {
            _held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new IOException($"The data folder {folder} is used by another gate, or cannot be written: {taken.Message}", taken);
        }
    }

    public void Dispose() => _held.Dispose();
}
