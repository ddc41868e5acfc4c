using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Transparency;

namespace Tallystick.Demo.Steps;

/// <summary>Receipts offline, the log against its own past, and a walk from a payout to a request and back.</summary>
internal static class CheckProofs
{
    public static async Task Run(World world, CancellationToken stop)
    {
        var text = await world.Operator.LogKey(stop);
        if (!VerifierKey.TryParse(text.Trim(), out var key))
        {
            throw new DemoException($"The log's key cannot be read: {text}");
        }

        var request = await Trace(world, stop);
        await Receipts(world, key, request, stop);
        await Consistency(world, key, stop);
    }

    /// <summary>From a payout to one request that earned it, and from the request to the payouts it led to.</summary>
    private static async Task<RequestId> Trace(World world, CancellationToken stop)
    {
        world.Screen.Doing("tracing a payout");
        var creator = world.Creator;
        var payout = (await creator.Client.Payouts(null, stop)).Items.Single();
        var trace = await creator.Client.TracePayout(payout.PayoutId, null, stop);
        var line = trace["lines"]!.AsArray().First(l => l!["meter"]!.ToString() == "segment_unlocked")!;
        var detail = await creator.Client.TracePayout(payout.PayoutId, line["line_id"]!.GetValue<long>(), stop);
        var events = detail["events"]!.AsArray();
        var request = RequestId.Parse(events[0]!["data"]!["request_id"]!.ToString(), null);
        var back = await creator.Client.TraceRequest(request, stop);
        world.Screen.Check(
            "A payout leads to the requests that earned it, and a request back to the payout",
            back.ToJsonString().Contains(payout.PayoutId.ToString(), StringComparison.Ordinal),
            $"{payout.PayoutId} -> {trace["lines"]!.AsArray().Count} charges -> {events.Count} events -> {request} -> {payout.PayoutId}");
        return request;
    }

    private static async Task Receipts(World world, VerifierKey key, RequestId request, CancellationToken stop)
    {
        world.Screen.Doing("verifying receipts offline");
        var (good, bad) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<string>());
        byte[]? sample = null;
        foreach (var actor in world.Creators.Append(world.WalletBuyer).Append(world.OnceBuyer))
        {
            var entries = await Patience.For(
                "receipts", t => actor.Client.Receipts(null, null, null, t), p => p.Items.All(r => r.LogIndex is not null), stop);
            foreach (var entry in entries.Items)
            {
                var file = await actor.Client.Receipt(entry.Id, stop);
                sample = Judge(file, entry.Kind, key, good, bad);
            }
        }

        foreach (var usage in await world.WalletBuyer.Client.UsageReceipts(request, stop))
        {
            sample = Judge(usage, "usage of one request", key, good, bad);
        }

        world.Screen.Check(
            "All receipts verify offline, with nothing but the log's key", bad.Count == 0 && good.Count >= 5,
            string.Join(", ", good.Select(k => $"{k.Value} {k.Key.Replace('_', ' ')}")) + string.Concat(bad.Select(b => $"; {b}")));

        var text = Encoding.UTF8.GetString(sample!);
        var forged = text.Replace("\"quantity\":", "\"quantity\":1", StringComparison.Ordinal);
        world.Screen.Check(
            "A receipt with another quantity is refused",
            forged != text && ReceiptVerifier.Verify(Encoding.UTF8.GetBytes(forged), key) is not ReceiptVerdict.Valid, "one digit added");
    }

    private static byte[] Judge(
        JsonObject file, string kind, VerifierKey key, Dictionary<string, int> good, List<string> bad)
    {
        var bytes = Encoding.UTF8.GetBytes(file.ToJsonString());
        if (ReceiptVerifier.Verify(bytes, key) is ReceiptVerdict.Valid)
        {
            good[kind] = good.GetValueOrDefault(kind) + 1;
        }
        else
        {
            bad.Add($"a receipt of {kind} does not verify");
        }

        return bytes;
    }

    /// <summary>The log of now begins with the log of then (RFC 6962, 2.1.2), worked out here from its public tiles.</summary>
    private static async Task Consistency(World world, VerifierKey key, CancellationToken stop)
    {
        world.Screen.Doing("comparing two checkpoints of the log");
        var (then, now) = (Read(world.EarlyCheckpoint, key), Read(await world.Operator.LogCheckpoint(stop), key));
        using var http = new HttpClient();
        var tiles = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var address in Enumerable.Range(0, 8).SelectMany(level => Tiles(level, now.Size)))
        {
            tiles[address.Path] = await http.GetByteArrayAsync(new Uri(world.Settings.Server, $"log/{address.Path}"), stop);
        }

        MerkleHash Node(MerkleNode node) => TileLayout.HashIn(node, tiles[TileLayout.TileOf(node, now.Size).Path]);
        var proof = MerkleTree.ConsistencyProof(then.Size, now.Size, Node);
        world.Screen.Check(
            "The log has only grown since the first licence",
            now.Size > then.Size && MerkleProof.VerifyConsistency(then.Size, then.Root, now.Size, now.Root, proof),
            $"{then.Size} entries then, {now.Size} now, both checkpoints signed by {key.Name}");
    }

    private static IEnumerable<TileAddress> Tiles(int level, long size)
    {
        for (var index = 0L; TileLayout.AddressAt(level, index, size) is { Width: > 0 } address; index++)
        {
            yield return address;
        }
    }

    private static Checkpoint Read(string note, VerifierKey key) =>
        SignedNote.TryParse(note, out var signed) && VerifierKey.Verify(signed, [key]) is NoteVerdict.Verified &&
        Checkpoint.TryParse(signed.Text, out var checkpoint)
            ? checkpoint
            : throw new DemoException("A checkpoint of the log is not signed with its key.");
}
