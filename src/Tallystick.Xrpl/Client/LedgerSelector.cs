using System.Globalization;
using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Client;

/// <summary>Which ledger a question is about.</summary>
public readonly record struct LedgerSelector
{
    private readonly string? _word;
    private readonly uint _index;

    private LedgerSelector(string? word, uint index) => (_word, _index) = (word, index);

    /// <summary>The newest validated ledger of the node asked.</summary>
    public static LedgerSelector Validated { get; } = new("validated", 0);

    /// <summary>The open ledger: provisional, changes until it is validated. Never evidence of a payment.</summary>
    public static LedgerSelector Current { get; } = new("current", 0);

    /// <summary>The ledger with this sequence number.</summary>
    public static LedgerSelector At(uint ledgerIndex) => new(null, ledgerIndex);

    /// <summary>True when an answer must carry <c>validated: true</c>.</summary>
    public bool MustBeValidated => _word != "current";

    internal uint? Index => _word is null ? _index : null;

    internal JsonNode ToJson() => _word is null ? _index : _word;

    /// <inheritdoc/>
    public override string ToString() => _word ?? _index.ToString(CultureInfo.InvariantCulture);
}
