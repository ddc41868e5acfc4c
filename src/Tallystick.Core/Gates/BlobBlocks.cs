namespace Tallystick.Core.Gates;

/// <summary>
/// Answer of <c>GET /gate/v1/blobs/{sha256}/blocks</c>: the hashes by which a gate checks what it reads of a large file. Not
/// part of the feed: a gate needs them of what it delivers and not of everything that was ever published.
/// </summary>
/// <param name="BlockBytes">Bytes of a block; the last may be shorter.</param>
/// <param name="Hashes">SHA-256 of every block in order, one after the other, unpadded base64url.</param>
public sealed record BlobBlocks(int BlockBytes, string Hashes);
