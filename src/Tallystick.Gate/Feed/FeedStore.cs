using System.Text;

namespace Tallystick.Gate.Feed;

/// <summary>
/// The feed as it was received, on disk, so that a gate starts and works while the server is down: a line for each entry, its
/// checksum and its JSON, appended before it is applied. Rewritten when most lines are superseded. A torn last line is not an entry;
/// any other that is not whole means that the disk has lost what it had, a revocation maybe: nothing of the file is trusted then.
/// The generation of the feed stands among the entries, in front of the first of those that came under it.
/// </summary>
internal sealed class FeedStore(string path) : IDisposable
{
    private readonly Dictionary<(string Kind, string Key), long> _newest = [];
    private FileStream? _file;
    private long _lines;

    /// <summary>Number of the newest entry.</summary>
    public long Position { get; private set; }

    /// <summary>What the numbers belong to; empty before anything was heard.</summary>
    public string Generation { get; private set; } = "";

    /// <summary>Reads all entries in the order they came.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message says where.</exception>
    public IEnumerable<FeedLine> Load()
    {
        foreach (var line in Lines())
        {
            Note(line);
            if (line.Kind != FeedLine.GenerationKind)
            {
                yield return line;
            }
        }
    }

    /// <summary>Keeps a damaged file under another name, which is returned, and begins anew.</summary>
    public string SetAside()
    {
        var aside = path + ".damaged";
        if (File.Exists(path))
        {
            File.Move(path, aside, overwrite: true);
        }

        Clear();
        return aside;
    }

    /// <summary>Stores what came, and under which generation; nothing when there is nothing new in either.</summary>
    public void Append(string generation, IReadOnlyList<FeedLine> lines)
    {
        if (generation != Generation)
        {
            lines = [FeedLine.OfGeneration(generation), .. lines];
        }

        if (lines.Count == 0)
        {
            return;
        }

        var superseded = _lines - _newest.Count;
        if (_file is null || superseded > 1_000 + (2 * _newest.Count))
        {
            Rewrite();
        }

        try
        {
            foreach (var line in lines)
            {
                Write(_file!, line);
                Note(line);
            }

            _file!.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Part of a line may be there: the next one must not be appended to it.
            _file?.Dispose();
            _file = null;
            throw;
        }
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _file?.Dispose();
        _file = null;
        _newest.Clear();
        (_lines, Position, Generation) = (0, 0, "");
        File.Delete(path);
    }

    public void Dispose() => _file?.Dispose();

    // Keeps the newest line of every key; also cuts a torn tail off before anything is appended to it.
    private void Rewrite()
    {
        _file?.Dispose();
        var kept = Lines().Where(l => l.Kind != FeedLine.GenerationKind && _newest.GetValueOrDefault((l.Kind, l.Key)) == l.Seq).ToList();
        if (kept.Count < _newest.Count)
        {
            throw new InvalidDataException($"The feed's file {path} holds less than was written into it.");
        }

        kept.Insert(0, FeedLine.OfGeneration(Generation));
        var fresh = path + ".new";
        using (var to = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            foreach (var line in kept)
            {
                Write(to, line);
            }

            to.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        _lines = kept.Count;
        _file = new FileStream(path, FileMode.Append, FileAccess.Write);
    }

    private static void Write(FileStream to, FeedLine line)
    {
        to.Write(Encoding.UTF8.GetBytes(line.ToText()));
        to.WriteByte((byte)'\n');
    }

    private IEnumerable<FeedLine> Lines()
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        var endsWhole = EndsWithALine();
        using var texts = File.ReadLines(path, Encoding.UTF8).GetEnumerator();
        for (var at = 0L; texts.MoveNext(); at += Encoding.UTF8.GetByteCount(texts.Current) + 1)
        {
            if (FeedLine.TryRead(texts.Current) is { } line)
            {
                yield return line;
            }
            else if (texts.MoveNext() || endsWhole)
            {
                throw new InvalidDataException($"The feed's file {path} is damaged in the line at byte {at}.");
            }
        }
    }

    private bool EndsWithALine()
    {
        using var file = File.OpenRead(path);
        file.Seek(Math.Max(0, file.Length - 1), SeekOrigin.Begin);
        return file.ReadByte() == '\n';
    }

    private void Note(FeedLine line)
    {
        _lines++;
        if (line.Kind == FeedLine.GenerationKind)
        {
            Generation = line.Key;
            return;
        }

        _newest[(line.Kind, line.Key)] = line.Seq;
        Position = Math.Max(Position, line.Seq);
    }
}
