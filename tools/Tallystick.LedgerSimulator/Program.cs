using Tallystick.LedgerSimulator.Hosting;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(SimulatorOptions.Help);
    return 0;
}
if (SimulatorOptions.Parse(args, out var problem) is not { } options)
{
    await Console.Error.WriteLineAsync($"{problem}\n\n{SimulatorOptions.Help}");
    return 2;
}
try
{
    await using var host = await SimulatorHost.Start(options, TimeProvider.System, CancellationToken.None);
    foreach (var (port, node) in host.Ports.Zip(host.Nodes))
        Console.WriteLine($"{node.Name} of network {node.Network.Rules.NetworkId}: ws://127.0.0.1:{port} http://127.0.0.1:{port}");
    await host.WaitForShutdown();
    return 0;
}
catch (IOException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
