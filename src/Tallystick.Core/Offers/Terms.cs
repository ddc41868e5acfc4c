using System.Text.Json.Serialization;
using Tallystick.Core.Json;

namespace Tallystick.Core.Offers;

/// <summary>What a licence allows (ODRL 2.2 vocabulary in our own words).</summary>
/// <param name="RightsScope">Uses allowed: <c>ai-train</c>, <c>ai-input</c>, <c>ai-index</c>, <c>search</c>, <c>evaluate</c>, <c>read</c>.</param>
/// <param name="Transforms">What may be done to the content: <c>tokenize</c>, <c>augment</c>, <c>translate</c>, <c>excerpt</c>.</param>
/// <param name="ValidDays">Days from the grant until the licence expires.</param>
/// <param name="MaxUses">Uses (first byte of a unit in a pass) allowed, null for any number.</param>
/// <param name="Territories">ISO 3166-1 alpha-2 codes; empty for the whole world.</param>
/// <param name="Attribution">Whether the work must be named where it was used.</param>
/// <param name="RefundDays">Days after the purchase in which a one-off price can be refunded.</param>
public sealed record Terms(
    IReadOnlyList<string> RightsScope,
    IReadOnlyList<string> Transforms,
    int ValidDays,
    long? MaxUses,
    IReadOnlyList<string> Territories,
    bool Attribution,
    int RefundDays)
{
    /// <summary>SHA-256 of the canonical JSON (RFC 8785), unpadded base64url: what a licence names as <c>terms</c>.</summary>
    [JsonIgnore]
    public string Hash => CanonicalJson.Sha256Base64Url(TallyJson.ToNode(this));
}
