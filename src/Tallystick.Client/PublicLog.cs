using System.Net;
using Tallystick.Core.Transparency;

namespace Tallystick.Client;

/// <summary>A checkpoint with the note that it was read from.</summary>
/// <param name="Note">Verbatim, with its signatures.</param>
public sealed record SignedCheckpoint(string Note, Checkpoint Head)
{
    /// <summary>Reads a note; null unless it is a checkpoint of this key's log, signed with this key.</summary>
    public static SignedCheckpoint? Read(string? note, VerifierKey key) =>
        SignedNote.TryParse(note, out var parsed) && Checkpoint.TryParse(parsed.Text, out var head) && head.Origin == key.Name &&
        VerifierKey.Verify(parsed, [key]) is NoteVerdict.Verified
            ? new(note!, head)
            : null;
}

/// <summary>A transparency log as anybody reads it (C2SP tlog-tiles): no credentials are sent.</summary>
public sealed class PublicLog : IDisposable
{
    private readonly TallyHttp _http;

    /// <param name="address">What <c>checkpoint</c> and <c>tile/…</c> stand below, with a slash at the end.</param>
    /// <param name="handler">Replaces the network, for tests.</param>
    public PublicLog(Uri address, HttpMessageHandler? handler = null, TimeProvider? clock = null)
    {
        Address = address;
        _http = new TallyHttp(address, credential: null, handler, clock ?? TimeProvider.System);
    }

    /// <summary>Where it is read.</summary>
    public Uri Address { get; }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The newest checkpoint, a signed note.</summary>
    public Task<string> Checkpoint(CancellationToken stop) => _http.Get<string>("checkpoint", stop);

    /// <summary>Whether the larger of two checkpoints continues the smaller; null when the log does not serve the tiles to tell.</summary>
    public async Task<bool?> Joins(Checkpoint one, Checkpoint other, CancellationToken stop)
    {
        var (smaller, larger) = one.Size <= other.Size ? (one, other) : (other, one);
        var tiles = new Dictionary<TileAddress, byte[]>();
        foreach (var address in TileConsistency.TilesFor(smaller.Size, larger.Size))
        {
            // A partial tile may be gone once it is full; the full one begins with it.
            var tile = await Tile(address, stop) ?? (address.IsPartial ? await Tile(address.Full, stop) : null);
            if (tile is null || tile.Length < address.Width * MerkleHash.Length)
            {
                return null;
            }

            tiles[address] = tile;
        }

        return TileConsistency.Prove(smaller, larger, tiles);
    }

    private async Task<byte[]?> Tile(TileAddress address, CancellationToken stop)
    {
        try
        {
            return await _http.Get<byte[]>(address.Path, stop);
        }
        catch (TallyProblemException missing) when (missing.Status == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
