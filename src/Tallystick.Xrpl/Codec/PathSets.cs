using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Codec;

/// <summary>
/// Payment paths: steps of account, currency and issuer.
/// https://xrpl.org/docs/references/protocol/binary-format#pathset-fields
/// </summary>
internal static class PathSets
{
    private const byte End = 0x00;
    private const byte NextPath = 0xff;
    private const byte HasAccount = 0x01;
    private const byte HasCurrency = 0x10;
    private const byte HasIssuer = 0x20;

    public static void Skip(ref BlobReader reader)
    {
        var steps = 0;
        while (true)
        {
            var at = reader.Position;
            var kind = reader.Take(1)[0];
            switch (kind)
            {
                case End or NextPath when steps == 0:
                    throw new XrplFormatException("an empty path", BlobReader.At(at));
                case End:
                    return;
                case NextPath:
                    steps = 0;
                    break;
                case var _ when (kind & ~(HasAccount | HasCurrency | HasIssuer)) != 0:
                    throw new XrplFormatException($"unknown kind of path step {kind:X2}", BlobReader.At(at));
                default:
                    reader.Take(StepBytes(kind));
                    steps++;
                    break;
            }
        }
    }

    public static JsonArray ToJson(ReadOnlySpan<byte> bytes)
    {
        var (paths, path) = (new JsonArray(), new JsonArray());
        for (var i = 0; i < bytes.Length;)
        {
            var kind = bytes[i++];
            if (kind is End or NextPath)
            {
                paths.Add((JsonNode)path);
                path = [];
                continue;
            }

            path.Add((JsonNode)StepToJson(kind, bytes.Slice(i, StepBytes(kind))));
            i += StepBytes(kind);
        }

        return paths;
    }

    public static byte[] FromJson(JsonNode? node)
    {
        var bytes = new List<byte>();
        foreach (var path in node is JsonArray { Count: > 0 } paths ? paths : throw NotPaths())
        {
            bytes.AddRange(bytes.Count > 0 ? [NextPath] : []);
            foreach (var step in path is JsonArray { Count: > 0 } steps ? steps : throw NotPaths())
            {
                AddStep(step as JsonObject ?? throw NotPaths(), bytes);
            }
        }

        bytes.Add(End);
        return [.. bytes];
    }

    private static int StepBytes(byte kind) =>
        ((kind & HasAccount) != 0 ? AccountId.Bytes : 0)
        + ((kind & HasCurrency) != 0 ? CurrencyCode.Bytes : 0)
        + ((kind & HasIssuer) != 0 ? AccountId.Bytes : 0);

    private static JsonObject StepToJson(byte kind, ReadOnlySpan<byte> bytes)
    {
        var json = new JsonObject();
        if ((kind & HasAccount) != 0)
        {
            json["account"] = new AccountId(bytes[..AccountId.Bytes]).ToString();
            bytes = bytes[AccountId.Bytes..];
        }

        if ((kind & HasCurrency) != 0)
        {
            json["currency"] = new CurrencyCode(bytes[..CurrencyCode.Bytes]).ToString();
            bytes = bytes[CurrencyCode.Bytes..];
        }

        if ((kind & HasIssuer) != 0)
        {
            json["issuer"] = new AccountId(bytes).ToString();
        }

        return json;
    }

    private static void AddStep(JsonObject step, List<byte> bytes)
    {
        Span<byte> part = stackalloc byte[AccountId.Bytes];
        byte kind = 0;
        var at = bytes.Count;
        bytes.Add(kind);
        if (step.ContainsKey("account"))
        {
            kind |= HasAccount;
            JsonText.Account(JsonText.Of(step, "account")).CopyTo(part);
            bytes.AddRange(part);
        }

        if (step.ContainsKey("currency"))
        {
            kind |= HasCurrency;
            CurrencyCode.Parse(JsonText.Of(step, "currency")).CopyTo(part);
            bytes.AddRange(part);
        }

        if (step.ContainsKey("issuer"))
        {
            kind |= HasIssuer;
            JsonText.Account(JsonText.Of(step, "issuer")).CopyTo(part);
            bytes.AddRange(part);
        }

        bytes[at] = kind != 0 ? kind : throw NotPaths();
    }

    private static XrplFormatException NotPaths() =>
        new("paths are a list of lists of steps, each with account, currency or issuer", "");
}
