using System.Text;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;

namespace Tallystick.Server.Transparency;

/// <summary>The served files: checkpoint, tiles, entry bundles (C2SP tlog-tiles). Paths come from parsed addresses only.</summary>
internal sealed class LogFolder
{
    /// <summary>Longest bundle: 256 entries of the longest length.</summary>
    private const int FileBytesMax = TileAddress.FullWidth * (sizeof(ushort) + EntryBundle.EntryBytesMax);

    private readonly string _tiles;
    private readonly string _published;

    public LogFolder(LogPlaces places)
    {
        (_tiles, _published) = (places.TilesFolder, places.PublishedFolder);
        Directory.CreateDirectory(_tiles);
        Directory.CreateDirectory(_published);
    }

    private string Served => Path.Combine(_tiles, "checkpoint");

    private string Apart => Path.Combine(_published, "checkpoint");

    /// <summary>Only one process may write here; null when another does. A crash gives the lock back.</summary>
    public IDisposable? TryLock()
    {
        try
        {
            return new FileStream(Path.Combine(_tiles, ".lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The checkpoint that is served; null before the first.</summary>
    public string? ServedCheckpoint() => ReadText(Served);

    /// <summary>The checkpoint that is kept apart; null before the first.</summary>
    public string? ApartCheckpoint() => ReadText(Apart);

    /// <summary>Says to ourselves, then to the world, that this is the log. In this order: see <see cref="Sequencer"/>.</summary>
    public void Publish(string note)
    {
        var bytes = Encoding.UTF8.GetBytes(note);
        DurableFile.Write(Apart, bytes);
        CrashPoint.Reach("log.between_checkpoints");
        DurableFile.Write(Served, bytes);
    }

    /// <summary>A tile's or bundle's bytes; null when there is no such file.</summary>
    public byte[]? Read(TileAddress address)
    {
        var path = PathOf(address);
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            var bytes = new byte[Math.Min(length, FileBytesMax)];
            var read = 0;
            while (read < bytes.Length)
            {
                var more = RandomAccess.Read(file, bytes.AsSpan(read), read);
                if (more == 0)
                {
                    return null;
                }

                read += more;
            }

            return bytes;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// The hashes of a tile as wide as asked for: from that file, or from a wider one that has replaced it.
    /// </summary>
    public byte[]? ReadHashes(TileAddress address)
    {
        var bytes = Read(address) ?? (address.IsPartial ? Read(address.Full) : null);
        var wanted = address.Width * MerkleHash.Length;
        return bytes?.Length >= wanted ? bytes[..wanted] : null;
    }

    /// <summary>Whether a file of this length is there: derived files are only ever whole.</summary>
    public bool Has(TileAddress address, int length) =>
        new FileInfo(PathOf(address)) is { Exists: true } file && file.Length == length;

    /// <summary>Writes files, then forces the folders they are in.</summary>
    public void Write(IEnumerable<Tile> files)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var path = PathOf(file.Address);
            var folder = Path.GetDirectoryName(path)!;
            if (folders.Add(folder))
            {
                Directory.CreateDirectory(folder);
            }

            DurableFile.Place(path, file.Bytes);
        }

        foreach (var folder in folders)
        {
            DurableFile.SyncFolder(folder);
        }
    }

    /// <summary>Deletes the partial forms of a file that is full now (allowed by C2SP tlog-tiles, "Partial Tiles").</summary>
    public void DropPartials(TileAddress full)
    {
        var folder = PathOf(full) + ".p";
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string PathOf(TileAddress address) => Path.Combine(_tiles, address.Path);

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
