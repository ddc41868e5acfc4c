using System.Globalization;
using System.Text.Json.Nodes;
using Npm = Tallystick.StripeSimulator.Tests.Support.Node;

namespace Tallystick.Xrpl.Tests.Peers;

/// <summary>What the official npm packages make of random input, to be made alike by ours.</summary>
internal static class Peer
{
    public static async Task<IReadOnlyList<JsonNode>> Makes(Npm node, string script, int seed, int count)
    {
        var file = Path.GetTempFileName();
        try
        {
            await node.Script([script, file, seed.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture)]);
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            lines.Length.ShouldBe(count);
            return [.. lines.Select(line => JsonNode.Parse(line)!)];
        }
        finally
        {
            File.Delete(file);
        }
    }
}
