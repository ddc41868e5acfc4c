using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Tallystick.Crypto;
using Tallystick.LedgerSimulator.Engine;
using Tallystick.LedgerSimulator.Hosting;
using Tallystick.LedgerSimulator.Rpc;
using Tallystick.Xrpl;
using Payment = Tallystick.Xrpl.Transactions.Payment;

namespace Tallystick.Bench;

/// <summary>
/// How many payments a second the simulated node takes, each with its signature verified, so that it is known not to
/// be the bottleneck of whatever is measured against it. Every answer is read and must be tesSUCCESS.
/// </summary>
internal static class LedgerSimulatorBench
{
    private const int Accounts = 64;
    // With what is under way this stays below 1000, where the open ledger begins to cost more.
    private const int PerLedger = 400;
    // Of each account. The first go uncounted, until the compiler has seen what is hot.
    private const int WarmUp = 300;
    private const int Counted = 700;
    private const int Connections = 4;
    private const int Window = 128;

    public static BenchSuite Suite { get; } = new(
        ["ledger_simulator_submits_per_s", "ledger_simulator_submits_per_s_websocket"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await progress.WriteLineAsync($"signing {Accounts * (WarmUp + Counted)} payments");
        var blobs = Sign();
        return [Engine(blobs), await WebSocket(blobs, stop)];
    }

    /// <summary>The engine alone: decode, verify on all cores, apply to the open ledger, close ledgers.</summary>
    private static BenchResult Engine(string[][] blobs)
    {
        var node = NewNode();
        var taken = 0;
        var sequenceLock = new Lock();
        Submit(..WarmUp);
        var watch = CpuWatch.Start();
        Submit(WarmUp..);
        return Figure("ledger_simulator_submits_per_s", watch, "in process");

        void Submit(Range part) => Parallel.ForEach(blobs, mine =>
        {
            foreach (var hex in mine[part])
            {
                var tx = SubmitCommand.Read(hex);
                if (Preflight.LocalChecks(tx) is { } fault) throw new InvalidOperationException(fault);
                lock (sequenceLock)
                {
                    Require(node.Chain.Submit(tx).Result.Name);
                    if (++taken % PerLedger == 0) node.CloseLedger();
                }
            }
        });
    }

    /// <summary>The whole node over loopback WebSockets, its clients on the same cores.</summary>
    private static async Task<BenchResult> WebSocket(string[][] blobs, CancellationToken stop)
    {
        await using var host = await SimulatorHost.Start(new SimulatorOptions([(0, 0)], null), TimeProvider.System, stop);
        Fund(host.Nodes[0]);
        var taken = 0;
        await Submit(Requests(..WarmUp));
        var requests = Requests(WarmUp..);
        var watch = CpuWatch.Start();
        await Submit(requests);
        return Figure("ledger_simulator_submits_per_s_websocket", watch,
            $"{Connections} WebSockets with {Window} requests under way each, clients included");

        // One account's payments stay on one connection, in their order; accounts take turns.
        byte[][][] Requests(Range part)
        {
            var parts = blobs.Select(mine => mine[part]).ToArray();
            return
            [
                .. Enumerable.Range(0, Connections).Select(c => Enumerable.Range(0, parts[0].Length)
                    .SelectMany(i => parts.Where((_, account) => account % Connections == c).Select(mine => Request(mine[i])))
                    .ToArray()),
            ];
        }

        Task Submit(byte[][][] all) => Task.WhenAll(all.Select(mine => Task.Run(() => Send(mine), stop)));

        async Task Send(byte[][] mine)
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{host.Ports[0]}"), stop);
            using var window = new SemaphoreSlim(Window);
            var reading = Read(socket, mine.Length, window);
            foreach (var request in mine)
            {
                await window.WaitAsync(stop);
                await socket.SendAsync(request, WebSocketMessageType.Text, true, stop);
            }
            await reading;
        }

        async Task Read(ClientWebSocket socket, int answers, SemaphoreSlim window)
        {
            var buffer = new byte[16 * 1024];
            for (; answers > 0; answers--)
            {
                var length = 0;
                ValueWebSocketReceiveResult chunk;
                do
                {
                    chunk = await socket.ReceiveAsync(buffer.AsMemory(length), stop);
                    length += chunk.Count;
                }
                while (!chunk.EndOfMessage);
                if (buffer.AsSpan(0, length).IndexOf("\"engine_result\":\"tesSUCCESS\""u8) < 0)
                    throw new InvalidOperationException(Encoding.UTF8.GetString(buffer, 0, length));
                if (Interlocked.Increment(ref taken) % PerLedger == 0) host.Networks[0].CloseLedger();
                window.Release();
            }
        }
    }

    private static byte[] Request(string blob) =>
        Encoding.UTF8.GetBytes($$"""{"id":1,"command":"submit","tx_blob":"{{blob}}"}""");

    private static Node NewNode()
    {
        var node = new Network(new NetworkRules(0), TimeProvider.System).AddNode("bench");
        Fund(node);
        return node;
    }

    private static KeyPair Sender(int i) => Seed.FromPassphrase($"bench {i}", SignatureAlgorithm.Ed25519).DeriveKeyPair();

    private static void Fund(Node node)
    {
        var rich = Seed.Parse("snoPBrXtMeMyMHUVTgbuqAfg1SUTb").DeriveKeyPair();
        for (uint i = 0; i < Accounts; i++)
        {
            var payment = new Payment(rich.Account, Sender((int)i).Account, Xrpl.Amount.Of(new Drops(1_000_000_000)))
            {
                Sequence = i + 1, Fee = new Drops(12),
            }.Sign(rich);
            Require(node.Chain.Submit(Tx.Read(payment.Blob.ToArray())).Result.Name);
        }
        node.CloseLedger();
    }

    /// <summary>Each sender's payments to the next sender, in the order of their sequence. Accounts made in ledger 3
    /// begin at 3.</summary>
    private static string[][] Sign()
    {
        var keys = Enumerable.Range(0, Accounts).Select(i => Sender(i)).ToArray();
        var blobs = new string[Accounts][];
        Parallel.For(0, Accounts, a =>
        {
            blobs[a] = new string[WarmUp + Counted];
            for (var i = 0; i < blobs[a].Length; i++)
                blobs[a][i] = Convert.ToHexString(new Payment(keys[a].Account, keys[(a + 1) % Accounts].Account, Xrpl.Amount.Of(new Drops(1)))
                {
                    Sequence = 3 + (uint)i, Fee = new Drops(12), LastLedgerSequence = 100_000,
                }.Sign(keys[a]).Blob.Span);
        });
        return blobs;
    }

    // The processor time says what a submission costs also when other work kept the cores busy.
    private static BenchResult Figure(string name, CpuWatch watch, string way)
    {
        var (seconds, cpu) = watch.Elapsed;
        const int submits = Accounts * Counted;
        return new(name, submits / seconds.TotalSeconds, "submits/s", null, null,
            $"{way}; {cpu.TotalMicroseconds / submits:0} us of processor time each on {Environment.ProcessorCount} cores; Ed25519 "
            + $"({CryptoSuite.Active.Ed25519.Name}), {Accounts} senders, a ledger closed every {PerLedger}, {submits} after "
            + $"{Accounts * WarmUp} uncounted");
    }

    private readonly record struct CpuWatch(long Began, TimeSpan Used)
    {
        public (TimeSpan Wall, TimeSpan Cpu) Elapsed =>
            (Stopwatch.GetElapsedTime(Began), Environment.CpuUsage.TotalTime - Used);

        public static CpuWatch Start() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
    }

    private static void Require(string result)
    {
        if (result != "tesSUCCESS") throw new InvalidOperationException($"{result} where tesSUCCESS was expected");
    }
}
