namespace Tallystick.LedgerSimulator.Engine;

/// <summary>A leaf of a hash tree: where it stands and what it hashes to.</summary>
internal readonly record struct ShaMapLeaf(Hash256 Key, Hash256 Hash);

/// <summary>The root of rippled's hash tree over a whole set: sixteen children by nibble, a leaf as high up as it
/// stands alone, the root always an inner node.</summary>
internal static class ShaMap
{
    public static Hash256 Root(List<ShaMapLeaf> leaves)
    {
        if (leaves.Count == 0) return default;
        var sorted = new byte[leaves.Count * 64];
        leaves.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        for (var i = 0; i < leaves.Count; i++)
        {
            leaves[i].Key.CopyTo(sorted.AsSpan(i * 64));
            leaves[i].Hash.CopyTo(sorted.AsSpan(i * 64 + 32));
        }
        Span<byte> root = stackalloc byte[32];
        Inner(sorted, 0, root);
        return new Hash256(root);
    }

    private static void Inner(ReadOnlySpan<byte> sorted, int depth, Span<byte> hash)
    {
        Span<byte> text = stackalloc byte[4 + 16 * 32];
        text.Clear();
        "MIN\0"u8.CopyTo(text);
        for (var at = 0; at < sorted.Length;)
        {
            var nibble = Nibble(sorted[at..], depth);
            var end = at + 64;
            while (end < sorted.Length && Nibble(sorted[end..], depth) == nibble) end += 64;
            var child = text.Slice(4 + nibble * 32, 32);
            if (end - at == 64) sorted.Slice(at + 32, 32).CopyTo(child);
            else Inner(sorted[at..end], depth + 1, child);
            at = end;
        }
        Tallystick.Crypto.Sha512Half.Hash(text, hash);
    }

    private static int Nibble(ReadOnlySpan<byte> key, int depth) =>
        (depth & 1) == 0 ? key[depth >> 1] >> 4 : key[depth >> 1] & 15;
}
