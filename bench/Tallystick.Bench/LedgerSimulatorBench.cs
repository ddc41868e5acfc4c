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
    private const int Payments = 45_000;
    private const int Connections = 4;
    private const int Window = 128;

    public static BenchSuite Suite { get; } = new(
        ["ledger_simulator_submits_per_s", "ledger_simulator_submits_per_s_websocket"], Run);

    private static async Task<IReadOnlyList<BenchResult>> Run(TextWriter progress, CancellationToken stop)
    {
        await progress.WriteLineAsync($"signing {Payments} payments");
        var blobs = Sign();
        var conditions = $"Ed25519 ({CryptoSuite.Active.Name}), {Accounts} senders, a ledger closed every {PerLedger}, "
            + $"{Environment.ProcessorCount} cores";
        return [Engine(blobs, conditions), await WebSocket(blobs, conditions, stop)];
    }

    /// <summary>The engine alone: decode, verify on all cores, apply to the open ledger, close ledgers.</summary>
    private static BenchResult Engine(string[][] blobs, string conditions)
    {
        var node = NewNode();
        var taken = 0;
        var sequenceLock = new Lock();
        var start = Stopwatch.GetTimestamp();
        Parallel.ForEach(blobs, mine =>
        {
            foreach (var hex in mine)
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
        return Figure("ledger_simulator_submits_per_s", start, $"in process; {conditions}");
    }

    /// <summary>The whole node over loopback WebSockets, its clients on the same cores.</summary>
    private static async Task<BenchResult> WebSocket(string[][] blobs, string conditions, CancellationToken stop)
    {
        await using var host = await SimulatorHost.Start(new SimulatorOptions([(0, 0)], null), TimeProvider.System, stop);
        Fund(host.Nodes[0]);
        var address = new Uri($"ws://127.0.0.1:{host.Ports[0]}");
        var taken = 0;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(c => Task.Run(
            () => Send(address, [.. blobs.Where((_, i) => i % Connections == c)]), stop)));
        return Figure("ledger_simulator_submits_per_s_websocket", start,
            $"{Connections} connections with {Window} requests under way each, clients included; {conditions}");

        async Task Send(Uri to, string[][] senders)
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(to, stop);
            using var window = new SemaphoreSlim(Window);
            var reading = Read();
            for (var i = 0; i < senders[0].Length; i++)
                foreach (var sender in senders)
                {
                    await window.WaitAsync(stop);
                    await socket.SendAsync(
                        Encoding.UTF8.GetBytes($$"""{"id":1,"command":"submit","tx_blob":"{{sender[i]}}"}"""),
                        WebSocketMessageType.Text, true, stop);
                }
            await reading;

            async Task Read()
            {
                var buffer = new byte[16 * 1024];
                for (var left = senders.Sum(s => s.Length); left > 0; left--)
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
    }

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
            blobs[a] = new string[Payments / Accounts];
            for (var i = 0; i < blobs[a].Length; i++)
                blobs[a][i] = Convert.ToHexString(new Payment(keys[a].Account, keys[(a + 1) % Accounts].Account, Xrpl.Amount.Of(new Drops(1)))
                {
                    Sequence = 3 + (uint)i, Fee = new Drops(12), LastLedgerSequence = 100_000,
                }.Sign(keys[a]).Blob.Span);
        });
        return blobs;
    }

    private static BenchResult Figure(string name, long start, string conditions) => new(
        name, Payments / Accounts * Accounts / Stopwatch.GetElapsedTime(start).TotalSeconds, "submits/s", null, null, conditions);

    private static void Require(string result)
    {
        if (result != "tesSUCCESS") throw new InvalidOperationException($"{result} where tesSUCCESS was expected");
    }
}
