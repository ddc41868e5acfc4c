using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Tallystick.Core.Json;

namespace Tallystick.Core.Transparency;

/// <summary>A receipt file as it was read: shapes are right, nothing is verified.</summary>
internal sealed record ReceiptFile(
    string Format,
    ReceiptFile.LogPart Log,
    ReceiptFile.UsagePart? Usage)
{
    /// <summary>Longest file that is read, in bytes: two openings, their proofs, and cosignatures.</summary>
    public const int BytesMax = 1024 * 1024;

    private const int DepthMax = 32;

    /// <summary>A log receipt's members. Values that the file states twice are all kept, to be compared.</summary>
    public sealed record LogPart(
        byte[] Leaf,
        JsonObject Opening,
        byte[] CanonicalOpening,
        byte[] Salt,
        string Origin,
        long Index,
        long Size,
        IReadOnlyList<MerkleHash> Inclusion,
        string Checkpoint,
        string TlogProof);

    /// <summary>What a usage receipt has besides the receipt of its seal.</summary>
    public sealed record UsagePart(JsonObject Event, byte[] CanonicalEvent, byte[] Salt, SealMembership Membership);

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no receipt; the message says what was expected and where.</exception>
    public static ReceiptFile Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax)
        {
            throw new FormatException($"A receipt has at most {BytesMax} bytes.");
        }

        // The reader would look at the bytes of a string only when it is asked for.
        if (!Utf8.IsValid(bytes))
        {
            throw new FormatException("The file is not UTF-8.");
        }

        JsonNode? root;
        try
        {
            // A name given twice is refused: two readers could each see another receipt.
            root = JsonNode.Parse(bytes, null, new JsonDocumentOptions
            {
                AllowDuplicateProperties = false,
                MaxDepth = DepthMax,
            });
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second is what the reader throws for a name that is half a surrogate pair.
            throw new FormatException($"The file is not JSON: {failure.Message}", failure);
        }

        if (root is not JsonObject file)
        {
            throw new FormatException("A receipt is a JSON object.");
        }

        return Text(file, "format", "") switch
        {
            LogReceipt.Format => new ReceiptFile(LogReceipt.Format, ReadLog(file, ""), null),
            UsageReceipt.Format => ReadUsage(file),
            var other => throw new FormatException($"The format '{other}' is not known."),
        };
    }

    private static ReceiptFile ReadUsage(JsonObject file)
    {
        Only(file, "", "format", "event", "salt", "seal", "seal_receipt");
        var seal = Object(file, "seal", "");
        Only(seal, "seal.", "root", "count", "index", "inclusion");
        var (happened, canonical) = Canonical(file, "event", "");
        var usage = new UsagePart(
            happened,
            canonical,
            Salt(file, ""),
            new SealMembership(
                Number(seal, "index", "seal."), Number(seal, "count", "seal."), Hash(seal, "root", "seal."),
                Path(seal, "seal.")));
        var receipt = Object(file, "seal_receipt", "");
        if (Text(receipt, "format", "seal_receipt.") != LogReceipt.Format)
        {
            throw new FormatException($"seal_receipt.format is '{LogReceipt.Format}'.");
        }

        return new ReceiptFile(UsageReceipt.Format, ReadLog(receipt, "seal_receipt."), usage);
    }

    private static LogPart ReadLog(JsonObject file, string at)
    {
        // A member that nothing checks would look as if the receipt vouched for it.
        Only(file, at, "format", "leaf", "opening", "salt", "log", "tlog_proof");
        var log = Object(file, "log", at);
        Only(log, at + "log.", "origin", "index", "size", "inclusion", "checkpoint");
        var (opening, canonical) = Canonical(file, "opening", at);
        return new LogPart(
            Canonical(file, "leaf", at).Bytes,
            opening,
            canonical,
            Salt(file, at),
            Text(log, "origin", at + "log."),
            Number(log, "index", at + "log."),
            Number(log, "size", at + "log."),
            Path(log, at + "log."),
            Text(log, "checkpoint", at + "log."),
            Text(file, "tlog_proof", at));
    }

    private static void Only(JsonObject node, string at, params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in node)
        {
            if (!known.Contains(name))
            {
                throw new FormatException($"{at}{name} is not part of this format.");
            }
        }
    }

    private static JsonObject Object(JsonObject parent, string name, string at) =>
        parent[name] as JsonObject ?? throw new FormatException($"{at}{name} is an object.");

    private static (JsonObject Node, byte[] Bytes) Canonical(JsonObject parent, string name, string at)
    {
        var node = Object(parent, name, at);
        try
        {
            var bytes = CanonicalJson.Bytes(node);
            return bytes.Length <= Commitment.OpeningBytesMax
                ? (JsonNode.Parse(bytes)!.AsObject(), bytes)
                : throw new FormatException($"it has more than {Commitment.OpeningBytesMax} bytes.");
        }
        catch (Exception failure) when (failure is FormatException or EncoderFallbackException
            or InvalidOperationException)
        {
            throw new FormatException($"{at}{name} has no canonical form: {failure.Message}", failure);
        }
    }

    private static string Text(JsonObject parent, string name, string at)
    {
        try
        {
            return parent[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String
                ? value.GetValue<string>()
                : throw new FormatException($"{at}{name} is a string.");
        }
        catch (InvalidOperationException failure)
        {
            // The reader finds a lone surrogate only now, when the escapes are read.
            throw new FormatException($"{at}{name} is not valid Unicode.", failure);
        }
    }

    private static long Number(JsonObject parent, string name, string at) =>
        parent[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        && value.TryGetValue<long>(out var number) && number >= 0
            ? number
            : throw new FormatException($"{at}{name} is a whole number, not negative.");

    private static byte[] Salt(JsonObject parent, string at) =>
        StrictBase64.TryDecode(Text(parent, "salt", at), Commitment.SaltBytes, out var salt)
        && salt.Length == Commitment.SaltBytes
            ? salt
            : throw new FormatException($"{at}salt is {Commitment.SaltBytes} bytes in base64.");

    private static MerkleHash Hash(JsonObject parent, string name, string at) =>
        MerkleHash.TryParse(Text(parent, name, at), out var hash)
            ? hash
            : throw new FormatException($"{at}{name} is a SHA-256 hash in base64.");

    private static IReadOnlyList<MerkleHash> Path(JsonObject parent, string at)
    {
        var lines = (parent["inclusion"] as JsonArray)?
            .Select(line => line is JsonValue value && value.GetValueKind() == JsonValueKind.String
                ? value.GetValue<string>()
                : null)
            .ToArray();
        return lines is not null && Transparency.TlogProof.TryReadPath(lines, out var path)
            ? path
            : throw new FormatException($"{at}inclusion is a list of at most 63 hashes in base64.");
    }
}
