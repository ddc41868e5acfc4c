namespace Tallystick.Gate.Delivery;

/// <summary>Content by its hash. <see cref="Content"/> is set while it is kept in memory.</summary>
internal sealed class Blob(string sha256, long sizeBytes)
{
    private byte[]? _content;
    private CheckedFile? _checked;
    private int _fault;

    public string Sha256 { get; } = sha256;

    public long SizeBytes { get; } = sizeBytes;

    public byte[]? Content
    {
        get => Volatile.Read(ref _content);
        set => Volatile.Write(ref _content, value);
    }

    /// <summary>Asked for since the cache last looked.</summary>
    public bool Recent { get; set; }

    /// <summary>Asked for once before: what is pulled only once must not push out what is pulled often.</summary>
    public bool Seen { get; set; }

    public int Loading;

    /// <summary>What was checked of the file; null before the first look.</summary>
    public CheckedFile? Checked => Volatile.Read(ref _checked);

    /// <summary>Hashes of its parts, once they were asked for.</summary>
    public BlockHashes? Blocks { get; set; }

    /// <summary>Begins what is checked anew, unless another request just did.</summary>
    public bool TryBegin(CheckedFile anew, CheckedFile? before) => Interlocked.CompareExchange(ref _checked, anew, before) == before;

    /// <summary>Why it cannot be delivered; <see cref="ContentFault.None"/> when nothing is known against it.</summary>
    public ContentFault Fault
    {
        get => (ContentFault)Volatile.Read(ref _fault);
        set => Volatile.Write(ref _fault, (int)value);
    }
}
