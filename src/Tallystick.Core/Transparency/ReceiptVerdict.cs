using System.Text.Json.Nodes;

namespace Tallystick.Core.Transparency;

/// <summary>One thing that was checked about a receipt.</summary>
/// <param name="Name">Stable name for machines, for example <c>inclusion</c>.</param>
/// <param name="Passed">Whether it held.</param>
/// <param name="Detail">What exactly was compared, in words.</param>
public sealed record ReceiptCheck(string Name, bool Passed, string Detail);

/// <summary>What a valid receipt says.</summary>
/// <param name="Format">The file's format.</param>
/// <param name="Kind">Kind of the log entry.</param>
/// <param name="Content">The opening; for a usage receipt the event.</param>
/// <param name="SealOpening">For a usage receipt the opening of its seal, else null.</param>
/// <param name="Origin">The log.</param>
/// <param name="Index">Index of the entry in the log.</param>
/// <param name="Size">Size of the log that the checkpoint covers.</param>
/// <param name="Signers">Names of the trusted keys that signed the checkpoint, the log's own first.</param>
/// <param name="Checkpoint">The signed checkpoint, verbatim: to be remembered, and compared with others of this log.</param>
public sealed record ReceiptFacts(
    string Format,
    ReceiptKind Kind,
    JsonObject Content,
    JsonObject? SealOpening,
    string Origin,
    long Index,
    long Size,
    IReadOnlyList<string> Signers,
    string Checkpoint);

/// <summary>What verification came to. Closed: one of the three records below.</summary>
public abstract record ReceiptVerdict
{
    private ReceiptVerdict()
    {
    }

    /// <summary>Every check held.</summary>
    /// <param name="Checks">All of them, in the order in which they were made.</param>
    /// <param name="Facts">What the receipt therefore proves.</param>
    public sealed record Valid(IReadOnlyList<ReceiptCheck> Checks, ReceiptFacts Facts) : ReceiptVerdict;

    /// <summary>At least one check did not hold: the receipt proves nothing.</summary>
    /// <param name="Checks">All of them; those that failed say why.</param>
    public sealed record Invalid(IReadOnlyList<ReceiptCheck> Checks) : ReceiptVerdict;

    /// <summary>This is no receipt in a known format, so there was nothing to check.</summary>
    /// <param name="Reason">What was expected and where.</param>
    public sealed record Unreadable(string Reason) : ReceiptVerdict;
}
