using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Gate.Feed;

/// <summary>
/// The feed as it was received, on disk, so that a gate starts and works while the server is down: a line of JSON per
/// entry, appended before it is applied. Rewritten when most lines are superseded. A torn last line is not an entry.
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
    public IEnumerable<FeedLine> Load()
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        foreach (var text in File.ReadLines(path, Encoding.UTF8))
        {
            if (FeedLine.TryRead(text) is not { } line)
            {
                break;
            }

            Note(line);
            if (line.Kind != FeedLine.GenerationKind)
            {
                yield return line;
            }
        }
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

        foreach (var line in lines)
        {
            Write(_file!, line);
            Note(line);
        }

        _file!.Flush(flushToDisk: true);
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
        var kept = File.Exists(path)
            ? File.ReadLines(path, Encoding.UTF8).Select(FeedLine.TryRead).TakeWhile(l => l is not null)
                .Where(l => l!.Kind != FeedLine.GenerationKind && _newest[(l.Kind, l.Key)] == l.Seq).ToList()
            : [];
        kept.Insert(0, FeedLine.OfGeneration(Generation));
        var fresh = path + ".new";
        using (var to = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            foreach (var line in kept)
            {
                Write(to, line!);
            }

            to.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        _lines = kept.Count;
        _file = new FileStream(path, FileMode.Append, FileAccess.Write);
    }

    private static void Write(FileStream to, FeedLine line)
    {
        to.Write(Encoding.UTF8.GetBytes(line.ToJson().ToJsonString()));
        to.WriteByte((byte)'\n');
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

/// <summary>An entry as text: its kind may be one that this gate does not know.</summary>
internal sealed record FeedLine(long Seq, string Kind, string Key, JsonNode? Body)
{
    /// <summary>No kind of the feed: a line of ours.</summary>
    public const string GenerationKind = "generation";

    /// <summary>The line that says what the numbers after it belong to.</summary>
    public static FeedLine OfGeneration(string generation) => new(0, GenerationKind, generation, null);

    public static FeedLine? TryRead(string text)
    {
        try
        {
            return From(JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Null when the members that every entry has are not there.</summary>
    public static FeedLine? From(JsonNode? node)
    {
        if (node is not JsonObject entry || entry["seq"] is not JsonValue seq || !seq.TryGetValue<long>(out var number) ||
            entry["kind"] is not JsonValue kind || !kind.TryGetValue<string>(out var kindName) ||
            entry["key"] is not JsonValue key || !key.TryGetValue<string>(out var keyText))
        {
            return null;
        }

        var body = entry["body"];
        entry.Remove("body");
        return new FeedLine(number, kindName, keyText, body);
    }

    public JsonObject ToJson() => new()
    {
        ["seq"] = Seq,
        ["kind"] = Kind,
        ["key"] = Key,
        ["body"] = Body?.DeepClone(),
    };
}
