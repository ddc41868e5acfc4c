using System.Collections.Concurrent;

namespace Tallystick.Gate.Delivery;

/// <summary>Why content cannot be delivered.</summary>
internal enum ContentFault
{
    None,
    Missing,
    WrongSize,
    WrongContent,
}

/// <summary>
/// Content that this gate should have and has not: told once in the log, and to supervisors and the operator for as long as it
/// is so.
/// </summary>
internal sealed partial class ContentFaults(ILogger<ContentFaults> log)
{
    private readonly ConcurrentDictionary<Blob, ContentFault> _blobs = new();

    public IEnumerable<Blob> Blobs => _blobs.Keys;

    /// <summary>In words for an operator; null when there is none.</summary>
    public string? Reason
    {
        get
        {
            if (_blobs.IsEmpty)
            {
                return null;
            }

            var all = _blobs.OrderBy(b => b.Key.Sha256, StringComparer.Ordinal).ToList();
            return all.Count == 0 ? null : $"content cannot be delivered: {all.Count} of its files, such as {all[0].Key.Sha256}, which {Words(all[0].Value)}";
        }
    }

    public void Add(Blob blob, ContentFault fault)
    {
        blob.Fault = fault;
        if (_blobs.TryAdd(blob, fault))
        {
            LogFault(blob.Sha256, Words(fault));
        }
        else
        {
            _blobs[blob] = fault;
        }
    }

    /// <summary>The file is there; whether its content is right is another question.</summary>
    public void Found(Blob blob)
    {
        if (blob.Fault is ContentFault.Missing or ContentFault.WrongSize)
        {
            Remove(blob);
        }
    }

    public void Remove(Blob blob)
    {
        blob.Fault = ContentFault.None;
        if (_blobs.TryRemove(blob, out _))
        {
            LogMended(blob.Sha256);
        }
    }

    private static string Words(ContentFault fault) => fault switch
    {
        ContentFault.Missing => "is not there or cannot be read",
        ContentFault.WrongSize => "has another size than its work says",
        _ => "has another content than its name says",
    };

    [LoggerMessage(7301, LogLevel.Error, "Blob {Sha256} {How}: it is not delivered until it is right again. Put the file back; or take it away, and let its creator send it once more")]
    private partial void LogFault(string sha256, string how);

    [LoggerMessage(7302, LogLevel.Information, "Blob {Sha256} is delivered again, or nothing needs it any more")]
    private partial void LogMended(string sha256);
}
