using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Tallystick.Core.Transparency;

namespace Tallystick.EndToEnd.Tests.Cli;

/// <summary>A log of a few entries, served as files over HTTP, that can be made to lie.</summary>
internal sealed class StaticLog : IAsyncDisposable
{
    private readonly NoteSigningKey _key;
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public StaticLog(NoteSigningKey key)
    {
        _key = key;
        for (var attempt = 0; ; attempt++)
        {
            var port = System.Security.Cryptography.RandomNumberGenerator.GetInt32(20_000, 60_000);
            Address = $"http://127.0.0.1:{port}/log/";
            try
            {
                _listener.Prefixes.Add(Address);
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                _listener.Prefixes.Clear();
            }
        }

        _serving = Serve();
    }

    public string Address { get; }

    /// <summary>The entries that it shows; their checkpoint is over all of them.</summary>
    public MerkleHash[] Entries { get; set; } = [];

    public int Requests { get; private set; }

    /// <summary>Receipt number <paramref name="index"/> of a log with these entries.</summary>
    public static JsonObject Receipt(NoteSigningKey by, MerkleHash[] entries, int index)
    {
        var bare = Bare(index);
        var tree = new SealTree(entries);
        var checkpoint = new Checkpoint(by.Verifier.Name, tree.Count, tree.Root).Sign(by).ToString();
        return (bare with { Proof = new TlogProof(index, tree.Prove(index).Path, checkpoint) }).ToJson();
    }

    /// <summary>Entries from zero; from <paramref name="rewrittenFrom"/> on they are others.</summary>
    public static MerkleHash[] Grown(int count, int rewrittenFrom = int.MaxValue) => [.. Enumerable.Range(0, count).Select(i =>
        MerkleHash.OfLeaf(i >= rewrittenFrom ? [(byte)i, 1] : Bare(i).Leaf.ToBytes()))];

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private static LogReceipt Bare(int index) => new(
        ReceiptKind.LicenceGranted, new JsonObject { ["about"] = $"lic_{index}" }, new byte[32], new TlogProof(index, [], ""));

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                Requests++;
                var answer = Answer(context.Request.Url!.AbsolutePath["/log/".Length..]);
                context.Response.StatusCode = answer is null ? 404 : 200;
                await context.Response.OutputStream.WriteAsync(answer ?? []);
                context.Response.Close();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private byte[]? Answer(string path)
    {
        if (path == "checkpoint")
        {
            return Encoding.UTF8.GetBytes(
                new Checkpoint(_key.Verifier.Name, Entries.Length, MerkleTree.Root(Entries)).Sign(_key).ToString());
        }

        // So few entries that there is one tile, of the lowest level.
        if (!TileAddress.TryParse(path, out var address) || (address.Level, address.Index) != (0, 0) || address.Width > Entries.Length)
        {
            return null;
        }

        var tile = new byte[address.Width * MerkleHash.Length];
        for (var i = 0; i < address.Width; i++)
        {
            Entries[i].CopyTo(tile.AsSpan(i * MerkleHash.Length));
        }

        return tile;
    }
}
