using System.Text.Json;
using Tallystick.StripeSimulator.Tests.Support;

namespace Tallystick.StripeSimulator.Tests;

/// <summary>The official npm package drives the simulator; it knows nothing of it but the address.</summary>
public sealed class OfficialClientTests(Node node)
{
    [Theory]
    [InlineData("account")]
    [InlineData("checkout")]
    [InlineData("transfer")]
    [InlineData("refund")]
    [InlineData("idempotency")]
    [InlineData("errors")]
    [InlineData("pagination")]
    public async Task The_official_client_gets_on_with_the_simulator(string scenario)
    {
        await using var sim = await Sim.StartAsync();
        await node.Script(["stripe.mjs", scenario, sim.Url, Sim.SecretKey]);
        await sim.Totals();
    }

    [Fact]
    public async Task The_official_client_accepts_the_signature_of_every_event()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var sim = await Sim.StartAsync(receiver.Url);
        await sim.Charge(1000);
        var deliveries = await receiver.Wait(5);
        await node.Script(["stripe.mjs", "webhooks", sim.Url, Sim.SecretKey], JsonSerializer.Serialize(new
        {
            secret = Sim.WebhookSecret,
            deliveries = deliveries.Select(d => new { body = d.Body, signature = d.Signature }),
        }));
    }
}
