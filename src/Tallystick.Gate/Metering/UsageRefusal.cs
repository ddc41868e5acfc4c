using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tallystick.Gate.Metering;

/// <summary>What the server says when it refuses usage.</summary>
/// <param name="Kind">Last part of the problem's type; empty when the answer is no problem document.</param>
/// <param name="AcknowledgedSeq">What it has of the epoch.</param>
/// <param name="Seq">The number that it has with another content.</param>
internal sealed record UsageRefusal(string Kind, long? AcknowledgedSeq, long? Seq)
{
    public static UsageRefusal Read(byte[] body)
    {
        try
        {
            var problem = JsonNode.Parse(body);
            return new(
                problem?["type"]?.GetValue<string>().Split('/')[^1] ?? "", problem?["acknowledged_seq"]?.GetValue<long>(),
                problem?["seq"]?.GetValue<long>());
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException or FormatException)
        {
            return new("", null, null);
        }
    }
}
