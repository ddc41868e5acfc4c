using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Crypto;

namespace Tallystick.Xrpl.Vectors;

/// <summary>One vector: reads its members and collects where we differ from it.</summary>
internal sealed class VectorItem(JsonObject json, CryptoSuite suite)
{
    private readonly List<string> _differences = [];

    public CryptoSuite Suite => suite;

    public IReadOnlyList<string> Differences => _differences;

    /// <summary>How many comparisons were made: an item that compared nothing does not agree.</summary>
    public int Comparisons { get; private set; }

    public IEnumerable<string> Members() => json.Select(member => member.Key);

    public JsonNode? Node(string member) => json[member];

    public string? Text(string member) => json[member]?.GetValueKind() == JsonValueKind.String
        ? json[member]!.GetValue<string>()
        : null;

    public string Needed(string member) =>
        Text(member) ?? throw new XrplFormatException("the vector has no such text", member);

    /// <summary>A whole number, given as a JSON number or as a text.</summary>
    public long? Number(string member) =>
        long.TryParse(
            Text(member) ?? json[member]?.ToJsonString(),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    public long NeededNumber(string member) =>
        Number(member) ?? throw new XrplFormatException("the vector has no such whole number", member);

    public bool? Flag(string member) => json[member]?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public void Same(string what, string expected, string actual)
    {
        Comparisons++;
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
        {
            _differences.Add($"{what}: {expected} expected, {actual} computed");
        }
    }

    /// <summary>Hexadecimal is compared without regard to case.</summary>
    public void SameHex(string what, string expected, ReadOnlySpan<byte> actual) =>
        Same(what, expected.ToUpperInvariant(), Convert.ToHexString(actual));

    public void Holds(string what, bool holds) => Same(what, "true", holds ? "true" : "false");

    public void Fails(XrplFormatException problem)
    {
        Comparisons++;
        _differences.Add(problem.Message);
    }

    /// <summary>The algorithm by its name, by the first byte of a public key, or null.</summary>
    public SignatureAlgorithm? Algorithm() => (Text("algorithm"), Text("publicKey")) switch
    {
        ({ } name, _) when name.Contains("ed25519", StringComparison.OrdinalIgnoreCase) => SignatureAlgorithm.Ed25519,
        ({ } name, _) when name.Contains("secp256k1", StringComparison.OrdinalIgnoreCase) => SignatureAlgorithm.Secp256k1,
        ({ } name, _) => throw new XrplFormatException($"'{name}' is no known algorithm", "algorithm"),
        (_, ['E' or 'e', 'D' or 'd', ..]) => SignatureAlgorithm.Ed25519,
        (_, ['0', ..]) => SignatureAlgorithm.Secp256k1,
        _ => null,
    };
}
