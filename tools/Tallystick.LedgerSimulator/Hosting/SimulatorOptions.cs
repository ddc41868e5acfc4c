using System.Globalization;

namespace Tallystick.LedgerSimulator.Hosting;

/// <summary>What to run.</summary>
/// <param name="Nodes">Port (0: any free one) and network of each node; nodes of one network share its chain.</param>
/// <param name="CloseEvery">Closes ledgers by the clock; null: by command only.</param>
internal sealed record SimulatorOptions(IReadOnlyList<(int Port, uint NetworkId)> Nodes, TimeSpan? CloseEvery)
{
    private const int NodesMax = 64;

    public const string Help = """
        A strict XRP Ledger node to develop against. Loopback only; keeps nothing on disk.

          --port N            one node on port N (default 6006) of network 0
          --network-id ID     the network of --port
          --node PORT[:ID]    one more node; repeat it; nodes with the same ID follow one chain
          --close-every SECS  close ledgers by the clock; without it by ledger_accept only
          --help              this text

        WebSocket and JSON-RPC share the port. POST /sim on it for sim_ commands (docs/ledger-simulator.md).
        """;

    /// <summary>Reads the command line; null and a reason when it is wrong.</summary>
    public static SimulatorOptions? Parse(IReadOnlyList<string> args, out string problem)
    {
        problem = "";
        int? port = null;
        uint network = 0;
        TimeSpan? close = null;
        var nodes = new List<(int, uint)>();
        for (var i = 0; i < args.Count; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : "";
            var parts = value.Split(':', 2);
            var right = args[i] switch
            {
                "--port" => Set(Port(value), p => port = p),
                "--network-id" => Set(Number(value), n => network = n),
                "--node" => Set(Port(parts[0]), p => nodes.Add((p, 0))) && (parts.Length == 1
                    || Set(Number(parts[1]), n => nodes[^1] = (nodes[^1].Item1, n))),
                "--close-every" => Set(Number(value), n => close = n is > 0 and <= 3600 ? TimeSpan.FromSeconds(n) : null) && close is not null,
                _ => false,
            };
            if (right) continue;
            problem = $"{args[i]} {value}: not understood";
            return null;
        }
        if (port is not null || nodes.Count == 0) nodes.Insert(0, (port ?? 6006, network));
        if (nodes.Count <= NodesMax) return new(nodes, close);
        problem = $"at most {NodesMax} nodes";
        return null;
    }

    private static bool Set<T>(T? value, Action<T> set) where T : struct
    {
        if (value is { } v) set(v);
        return value is not null;
    }

    private static int? Port(string text) => Number(text) is { } n and <= 65535 ? (int)n : null;

    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
