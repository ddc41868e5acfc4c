using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Crypto;

namespace Tallystick.Xrpl.Vectors;

/// <summary>How one group of a vector file came out on one crypto path.</summary>
/// <param name="Name">The group's name in the file.</param>
/// <param name="Agreed">How many of its vectors agree in everything.</param>
/// <param name="Differing">How many do not.</param>
/// <param name="Differences">Their differences, a line each: which vector, what was expected, what came out.</param>
public sealed record VectorGroup(string Name, int Agreed, int Differing, IReadOnlyList<string> Differences);

/// <summary>
/// Runs files of published vectors (key pairs, addresses, claims, transactions and the rest) against this library.
/// </summary>
public sealed class VectorFile
{
    private const int BytesMax = 64_000_000;

    private static readonly Dictionary<string, Action<VectorItem, string?>> Groups = new(StringComparer.Ordinal)
    {
        ["keypairs"] = static (item, _) => KeyVectors.KeyPairs(item),
        ["genesis"] = static (item, _) => KeyVectors.KeyPairs(item),
        ["seed_type_override"] = KeyVectors.Override,
        ["invalid_addresses"] = static (item, _) => KeyVectors.InvalidAddress(item),
        ["xaddress_decode"] = static (item, _) => KeyVectors.XAddresses(item),
        ["claims"] = static (item, _) => LedgerVectors.Claim(item),
        ["transactions"] = static (item, _) => LedgerVectors.SignedTransaction(item),
        ["channel_ids"] = static (item, _) => LedgerVectors.Channel(item),
        ["ctid"] = static (item, _) => LedgerVectors.ConciseId(item),
        ["ripple_time"] = static (item, _) => LedgerVectors.Time(item),
        ["partial_payment_meta"] = static (item, _) => LedgerVectors.PartialPayment(item),
    };

    // Says how the file was made; nothing in it can be checked.
    private const string Origin = "generated_with";

    private readonly JsonObject _file;

    private VectorFile(JsonObject file) => _file = file;

    /// <summary>Reads a file.</summary>
    /// <exception cref="XrplFormatException">It is no JSON object, or holds no group.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static VectorFile Load(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= BytesMax
            ? Parse(File.ReadAllText(path))
            : throw new XrplFormatException($"{length} bytes, more than {BytesMax}", path);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="XrplFormatException">It is no JSON object, or holds no group.</exception>
    public static VectorFile Parse(string text)
    {
        try
        {
            var rules = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(text, documentOptions: rules) is JsonObject file && file.Any(group => IsGroup(group.Key, group.Value))
                ? new VectorFile(file)
                : throw new XrplFormatException("no JSON object with groups of vectors", "");
        }
        catch (JsonException broken)
        {
            throw new XrplFormatException($"no valid JSON ({broken.Message})", "");
        }
    }

    /// <summary>
    /// Runs every group on one path. A group that is not known here, is empty or is no list counts as a difference:
    /// nothing in it was checked.
    /// </summary>
    public IReadOnlyList<VectorGroup> Run(CryptoSuite suite)
    {
        var genesisSeed = (_file["genesis"] as JsonObject)?["seed"]?.ToString();
        return
        [
            .. _file.Where(group => IsGroup(group.Key, group.Value)).Select(group =>
                Groups.TryGetValue(group.Key, out var check)
                    ? RunGroup(group.Key, group.Value, item => check(item, genesisSeed), suite)
                    : new VectorGroup(group.Key, 0, 1, [$"{group.Key}: unknown group, nothing in it was checked"])),
        ];
    }

    // A text or number under a name that is not ours is a note; under one of ours it is a group gone wrong.
    private static bool IsGroup(string name, JsonNode? value) =>
        Groups.ContainsKey(name) || (value is JsonArray or JsonObject && name != Origin);

    private static VectorGroup RunGroup(string name, JsonNode? group, Action<VectorItem> check, CryptoSuite suite)
    {
        var (agreed, differences) = (0, new List<string>());
        var items = group as JsonArray ?? [group?.DeepClone()];
        if (items.Count == 0)
        {
            return new VectorGroup(name, 0, 1, [$"{name}: holds no vector"]);
        }

        for (var i = 0; i < items.Count; i++)
        {
            var label = $"{name}[{i}]";
            if (items[i] is not JsonObject json)
            {
                differences.Add($"{label}: no JSON object");
                continue;
            }

            var item = new VectorItem(json, suite);
            try
            {
                check(item);
            }
            catch (XrplFormatException problem)
            {
                item.Fails(problem);
            }

            label += item.Text("name") is { } given ? $" {given}" : "";
            differences.AddRange(item.Differences.Select(difference => $"{label}: {difference}"));
            if (item.Comparisons == 0)
            {
                differences.Add($"{label}: holds nothing that could be checked");
            }
            else if (item.Differences.Count == 0)
            {
                agreed++;
            }
        }

        return new VectorGroup(name, agreed, items.Count - agreed, differences);
    }
}
