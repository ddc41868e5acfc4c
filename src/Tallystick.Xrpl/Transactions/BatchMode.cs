namespace Tallystick.Xrpl.Transactions;

/// <summary>What a batch does when one of its transactions fails; the numbers are the ledger's flags.</summary>
/// <remarks>https://xrpl.org/docs/references/protocol/transactions/types/batch</remarks>
#pragma warning disable CA1027, CA1028 // One of four, as wide as the ledger's flags: not bits that combine.
public enum BatchMode : uint
#pragma warning restore CA1027, CA1028
{
    /// <summary>All succeed, or none has an effect.</summary>
    AllOrNothing = 0x0001_0000,

    /// <summary>They are tried in order until one succeeds; only that one has an effect.</summary>
    OnlyOne = 0x0002_0000,

    /// <summary>They are applied in order until one fails.</summary>
    UntilFailure = 0x0004_0000,

    /// <summary>Each is applied whatever becomes of the others.</summary>
    Independent = 0x0008_0000,
}
