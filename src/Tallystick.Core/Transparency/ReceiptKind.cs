using System.Text.Json;

namespace Tallystick.Core.Transparency;

/// <summary>
/// What a log entry is about. Coarse on purpose: the kind is public, everything else is hidden in the
/// commitment.
/// </summary>
public enum ReceiptKind
{
    /// <summary>A licence was granted.</summary>
    LicenceGranted,

    /// <summary>A licence was renewed.</summary>
    LicenceRenewed,

    /// <summary>A licence was revoked.</summary>
    LicenceRevoked,

    /// <summary>A batch of usage events was sealed; the opening carries the root over them.</summary>
    UsageSealed,

    /// <summary>A statement was issued to a creator or a buyer.</summary>
    StatementIssued,

    /// <summary>Money was paid out.</summary>
    PayoutMade,

    /// <summary>A licence that a dispute had ended came back: the dispute was won after all.</summary>
    LicenceRestored,
}

/// <summary>The spelling of receipt kinds in leaves and routes: snake case.</summary>
public static class ReceiptKinds
{
    private static readonly Dictionary<string, ReceiptKind> ByName =
        Enum.GetValues<ReceiptKind>().ToDictionary(kind => kind.Name());

    /// <summary>The kind as a leaf spells it.</summary>
    public static string Name(this ReceiptKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    /// <summary>Reads a kind; false for anything that no leaf would say.</summary>
    public static bool TryParse(string? name, out ReceiptKind kind)
    {
        kind = default;
        return name is not null && ByName.TryGetValue(name, out kind);
    }
}
