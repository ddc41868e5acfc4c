using Tallystick.StripeSimulator.Hosting;

namespace Tallystick.StripeSimulator;

internal static class Program
{
    static async Task<int> Main(string[] args)
    {
        if (args is ["--help"] or ["-h"])
        {
            Console.WriteLine(SimulatorOptions.Usage);
            return 0;
        }

        if (!SimulatorOptions.TryParse(args, out var options, out var wrong))
        {
            foreach (var line in wrong)
                await Console.Error.WriteLineAsync($"tallystick-stripe-simulator: {line}");
            await Console.Error.WriteLineAsync(SimulatorOptions.Usage);
            return 2;
        }

        try
        {
            await using var host = await SimulatorHost.StartAsync(options, TimeProvider.System, CancellationToken.None);
            Console.WriteLine($"Stripe simulator on {host.Url} - no real money. Stop with Ctrl-C.");
            await host.WaitAsync(CancellationToken.None);
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // A taken port, a file in use, a folder that cannot be written: one line says it.
            await Console.Error.WriteLineAsync($"tallystick-stripe-simulator: {failure.Message}");
            return 1;
        }
    }
}
