using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Tallystick.Core.Ids;
using Tallystick.Core.Spool;
using Tallystick.Core.Usage.Wire;
using Tallystick.Hosting;

namespace Tallystick.Gate.Metering;

/// <summary>
/// Events that the server refuses for good, one by one: kept whole in a file of their own, a line of JSON each, and told to
/// the operator. Under their numbers a placeholder goes out, from then on the same bytes every time, so that the rest goes on.
/// </summary>
internal sealed class SetAsideEvents
{
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Epoch, long Seq), byte[]> _placeholders = [];

    public SetAsideEvents(GateOptions options)
    {
        _path = Path.Combine(options.DataFolder, "set-aside.jsonl");
        foreach (var line in File.Exists(_path) ? File.ReadLines(_path, Encoding.UTF8) : [])
        {
            if (line.Length > 0)
            {
                Read(line);
            }
        }
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _placeholders.Count;
            }
        }
    }

    /// <summary>What is sent instead of an event; null for one that is sent as it is.</summary>
    public byte[]? Instead(long epoch, long seq)
    {
        lock (_lock)
        {
            return _placeholders.Count == 0 ? null : _placeholders.GetValueOrDefault((epoch, seq));
        }
    }

    /// <summary>Keeps an event and why it was refused; durable when this returns.</summary>
    public void Add(long epoch, long seq, byte[] original, int status, DateTimeOffset now)
    {
        var line = new JsonObject
        {
            ["epoch"] = epoch,
            ["seq"] = seq,
            ["status"] = status,
            ["at_ms"] = now.ToUnixTimeMilliseconds(),
            ["event"] = Convert.ToBase64String(original),
        };
        lock (_lock)
        {
            // Whole or absent: what a crash tore would keep the gate from starting. There are few of them, if any.
            var before = File.Exists(_path) ? File.ReadAllBytes(_path) : [];
            DurableFile.Write(_path, [.. before, .. Encoding.UTF8.GetBytes(line.ToJsonString() + "\n")]);
            Note(line);
        }
    }

    private void Read(string line)
    {
        try
        {
            Note(JsonNode.Parse(line)!.AsObject());
        }
        catch (Exception damaged) when (damaged is JsonException or FormatException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            // A placeholder went out for what stands here: without the line it would be neither billed nor known.
            throw new InvalidDataException(
                $"{_path} holds a line that cannot be read ({damaged.Message}). It keeps usage that the server refused: move the line into another file, keep that, and start the gate again.",
                damaged);
        }
    }

    private void Note(JsonObject line)
    {
        var (epoch, seq) = (line["epoch"]!.GetValue<long>(), line["seq"]!.GetValue<long>());
        var to = new byte[UsageEventWire.BytesMost];
        var length = UsageEventWire.WritePlaceholder(
            to, seq, RequestIn(Convert.FromBase64String(line["event"]!.GetValue<string>())), line["at_ms"]!.GetValue<long>());
        _placeholders[(epoch, seq)] = to[..length];
    }

    private static RequestId RequestIn(byte[] original)
    {
        try
        {
            var request = UsageEvent.Parser.ParseFrom(original).RequestId;
            return request.Length == 16 ? new RequestId(new Guid(request.Span, bigEndian: true)) : default;
        }
        catch (InvalidProtocolBufferException)
        {
            return default;
        }
    }
}
