using System.Net.WebSockets;
using Tallystick.LedgerSimulator.Hosting;
using Tallystick.LedgerSimulator.Rpc;

namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>Connections that end by themselves in the moment in which a node ends them.</summary>
public sealed class SessionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_just_went_by_itself_can_still_be_told_to_go()
    {
        await using var host = await SimulatorHost.Start(new SimulatorOptions([(0, 0)], null), TimeProvider.System, Stop);
        var node = host.Nodes[0];
        using var socket = WebSocket.CreateFromStream(new MemoryStream(), new WebSocketCreationOptions { IsServer = true });
        var session = new Session(socket, node, TimeProvider.System);
        node.Add(session);
        session.Dispose();

        Should.NotThrow(node.Disconnect);
        node.Remove(session);
    }

    [Fact]
    public async Task A_node_ends_while_its_clients_leave()
    {
        for (var round = 0; round < 20; round++)
        {
            var host = await SimulatorHost.Start(new SimulatorOptions([(0, 0)], null), TimeProvider.System, Stop);
            var clients = new List<ClientWebSocket>();
            for (var i = 0; i < 8; i++)
            {
                var client = new ClientWebSocket();
                await client.ConnectAsync(new Uri($"ws://127.0.0.1:{host.Ports[0]}"), Stop);
                clients.Add(client);
            }

            var leaving = clients.Select(c => Task.Run(c.Dispose, Stop)).ToArray();
            await Should.NotThrowAsync(host.DisposeAsync().AsTask());
            await Task.WhenAll(leaving);
        }
    }
}
