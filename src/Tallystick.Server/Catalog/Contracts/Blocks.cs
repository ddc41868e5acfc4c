using System.Buffers.Text;
using Tallystick.Core.Gates;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog.Contracts;

/// <summary>What parts of a large blob are checked by.</summary>
internal sealed class Blocks(Database database)
{
    /// <summary>Null for a blob of one block, for one that was uploaded before blocks were hashed, and for none of ours.</summary>
    public async Task<BlobBlocks?> Find(string sha256, CancellationToken stop) =>
        await database.QueryOne<Row>("select block_bytes, hashes from catalog.blob_blocks where sha256 = @sha256", new { sha256 }, stop)
            is { } row ? new(row.BlockBytes, Base64Url.EncodeToString(row.Hashes)) : null;

    private sealed record Row(int BlockBytes, byte[] Hashes);
}
