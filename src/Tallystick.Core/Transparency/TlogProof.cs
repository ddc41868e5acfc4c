using System.Globalization;
using System.Text;

namespace Tallystick.Core.Transparency;

/// <summary>
/// A proof that stands on its own: index, inclusion path and signed checkpoint (C2SP tlog-proof, "Format",
/// <c>c2sp.org/tlog-proof@v1</c>).
/// </summary>
/// <param name="Index">Index of the entry, from zero.</param>
/// <param name="Path">Inclusion proof (RFC 6962 §2.1.1), leaf's side first.</param>
/// <param name="Checkpoint">The signed checkpoint, verbatim.</param>
/// <param name="Extra">Opaque data that nothing vouches for; null when there is none.</param>
public sealed record TlogProof(
    long Index, IReadOnlyList<MerkleHash> Path, string Checkpoint, byte[]? Extra = null)
{
    /// <summary>The first line.</summary>
    public const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>Longest path in a tree of 2^63 leaves.</summary>
    private const int PathLengthMax = 63;

    private const int ExtraBytesMax = 64 * 1024;
    private const string ExtraPrefix = "extra ";
    private const string IndexPrefix = "index ";

    /// <summary>Reads a proof; false when it is not well formed. Nothing is verified yet.</summary>
    public static bool TryParse(string? text, out TlogProof proof)
    {
        proof = null!;
        if (text is null || text.Length > SignedNote.LengthMax)
        {
            return false;
        }

        // The checkpoint begins after the first empty line; what is above it is ours to split.
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = end < 0 ? [] : text[..end].Split('\n');
        if (lines.Length < 2 || lines[0] != Header)
        {
            return false;
        }

        byte[]? extra = null;
        var next = 1;
        if (lines[next].StartsWith(ExtraPrefix, StringComparison.Ordinal))
        {
            if (!StrictBase64.TryDecode(lines[next++][ExtraPrefix.Length..], ExtraBytesMax, out extra))
            {
                return false;
            }
        }

        if (next == lines.Length || !lines[next].StartsWith(IndexPrefix, StringComparison.Ordinal)
            || !Transparency.Checkpoint.TryReadDecimal(lines[next][IndexPrefix.Length..], out var index))
        {
            return false;
        }

        if (!TryReadPath(lines[(next + 1)..], out var path))
        {
            return false;
        }

        proof = new TlogProof(index, path, text[(end + 2)..], extra);
        return true;
    }

    /// <summary>The proof as it is stored, customarily in a file that ends in <c>.tlog-proof</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Header).Append('\n');
        if (Extra is not null)
        {
            text.Append(ExtraPrefix).Append(Convert.ToBase64String(Extra)).Append('\n');
        }

        text.Append(IndexPrefix).Append(Index.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var hash in Path)
        {
            text.Append(hash).Append('\n');
        }

        return text.Append('\n').Append(Checkpoint).ToString();
    }

    internal static bool TryReadPath(IReadOnlyCollection<string?> lines, out IReadOnlyList<MerkleHash> path)
    {
        var hashes = new List<MerkleHash>(Math.Min(lines.Count, PathLengthMax));
        path = hashes;
        if (lines.Count > PathLengthMax)
        {
            return false;
        }

        foreach (var line in lines)
        {
            if (!MerkleHash.TryParse(line, out var hash))
            {
                return false;
            }

            hashes.Add(hash);
        }

        return true;
    }
}
