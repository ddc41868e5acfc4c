namespace Tallystick.Client;

/// <summary>One count, in bytes, for all files that move at once; told with the file that moved, one at a time.</summary>
internal sealed class Moved<TFile>(Action<TFile, long> report)
{
    private readonly Lock _lock = new();
    private long _done;

    public void Report(TFile file, long bytes)
    {
        lock (_lock)
        {
            _done += bytes;
            report(file, _done);
        }
    }
}
