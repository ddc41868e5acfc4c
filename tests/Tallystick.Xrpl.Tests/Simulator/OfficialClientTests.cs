using Tallystick.LedgerSimulator.Hosting;
using Npm = Tallystick.StripeSimulator.Tests.Support.Node;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>npm's xrpl, as it is published, works against the simulator; it knows nothing of it but the address.</summary>
public sealed class OfficialClientTests(Npm node)
{
    [Theory]
    [InlineData("payment")]
    [InlineData("channel")]
    [InlineData("tickets")]
    [InlineData("subscriptions")]
    [InlineData("refusals")]
    public async Task The_official_client_gets_on_with_the_simulator(string scenario)
    {
        await using var host = await SimulatorHost.Start(
            new SimulatorOptions([(0, 0)], TimeSpan.FromMilliseconds(250)), TimeProvider.System, TestContext.Current.CancellationToken);
        await node.Script(["xrpl.mjs", scenario, $"ws://127.0.0.1:{host.Ports[0]}"]);
    }
}
