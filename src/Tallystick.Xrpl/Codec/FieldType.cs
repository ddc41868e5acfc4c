namespace Tallystick.Xrpl.Codec;

/// <summary>
/// The ledger's types and their codes, named as in its own definitions.
/// https://xrpl.org/docs/references/protocol/binary-format#type-list
/// </summary>
#pragma warning disable CA1027 // Codes of a standard, not bits that combine.
public enum FieldType
#pragma warning restore CA1027
{
    /// <summary>16 bits.</summary>
    UInt16 = 1,

    /// <summary>32 bits.</summary>
    UInt32 = 2,

    /// <summary>64 bits.</summary>
    UInt64 = 3,

    /// <summary>16 bytes.</summary>
    Hash128 = 4,

    /// <summary>32 bytes.</summary>
    Hash256 = 5,

    /// <summary>Drops, issued currency or multi-purpose token.</summary>
    Amount = 6,

    /// <summary>Bytes with a length.</summary>
    Blob = 7,

    /// <summary>20 bytes with a length.</summary>
    AccountID = 8,

    /// <summary>Decimal floating point, 64-bit mantissa and 32-bit exponent.</summary>
    Number = 9,

    /// <summary>32 bits, signed.</summary>
    Int32 = 10,

    /// <summary>Fields up to an end marker.</summary>
    STObject = 14,

    /// <summary>Objects up to an end marker.</summary>
    STArray = 15,

    /// <summary>8 bits.</summary>
    UInt8 = 16,

    /// <summary>20 bytes.</summary>
    Hash160 = 17,

    /// <summary>Payment paths.</summary>
    PathSet = 18,

    /// <summary>Hashes with a length.</summary>
    Vector256 = 19,

    /// <summary>24 bytes.</summary>
    Hash192 = 21,

    /// <summary>An asset without an amount.</summary>
    Issue = 24,

    /// <summary>Two doors and two assets.</summary>
    XChainBridge = 25,

    /// <summary>A currency without issuer, 20 bytes.</summary>
    Currency = 26,
}
