using System.Globalization;

namespace Tallystick.Core.Transparency;

/// <summary>
/// The head of a log at one size (C2SP tlog-checkpoint, "Note text"): origin, size and root, each on a line.
/// </summary>
/// <param name="Origin">The log's unique name.</param>
/// <param name="Size">Number of leaves.</param>
/// <param name="Root">Root over all of them (RFC 6962 §2.1).</param>
/// <param name="Extensions">Further lines, opaque and not empty; ours has none.</param>
public sealed record Checkpoint(string Origin, long Size, MerkleHash Root, IReadOnlyList<string> Extensions)
{
    /// <summary>A checkpoint without extension lines.</summary>
    public Checkpoint(string origin, long size, MerkleHash root)
        : this(origin, size, root, [])
    {
    }

    /// <summary>Reads the text of a note; false when it is no checkpoint, to the letter.</summary>
    public static bool TryParse(string? text, out Checkpoint checkpoint)
    {
        checkpoint = null!;
        var lines = text?.Split('\n') ?? [];
        if (lines.Length < 4 || lines[^1].Length != 0 || lines[..^1].Any(line => line.Length == 0))
        {
            return false;
        }

        if (!TryReadDecimal(lines[1], out var size) || !MerkleHash.TryParse(lines[2], out var root))
        {
            return false;
        }

        checkpoint = new Checkpoint(lines[0], size, root, lines[3..^1]);
        return true;
    }

    /// <summary>Signs the checkpoint: the note to publish.</summary>
    public SignedNote Sign(NoteSigningKey key) => new(ToString(), [key.Sign(ToString())]);

    /// <summary>The text of the note, with its final newline.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root}\n")
        + string.Concat(Extensions.Select(line => line + "\n"));

    /// <summary>A decimal without sign or leading zeroes.</summary>
    internal static bool TryReadDecimal(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
        && value.ToString(CultureInfo.InvariantCulture) == text;
}
