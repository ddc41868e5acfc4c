namespace Tallystick.Xrpl.Codec;

/// <summary>One row of the ledger's field table.</summary>
public sealed class Field
{
    internal Field(FieldType type, byte code, string name, bool isSigned, bool isDecimal, bool mayBeNegative)
    {
        (Type, Code, Name) = (type, code, name);
        (IsSigned, IsDecimal, MayBeNegative) = (isSigned, isDecimal, mayBeNegative);
        Header = MakeHeader((byte)type, code);
    }

    /// <summary>The type of its value.</summary>
    public FieldType Type { get; }

    /// <summary>Its code within the type.</summary>
    public byte Code { get; }

    /// <summary>Its name in JSON.</summary>
    public string Name { get; }

    /// <summary>Whether it is part of what a transaction's signature covers.</summary>
    public bool IsSigned { get; }

    /// <summary>Whether JSON writes this 64-bit number in base ten, not sixteen.</summary>
    public bool IsDecimal { get; }

    /// <summary>Whether this amount of drops or tokens may fall below zero.</summary>
    public bool MayBeNegative { get; }

    /// <summary>Fields stand in this order: by type, then by code.</summary>
    internal int Ordinal => ((int)Type << 8) | Code;

    internal bool HasLength => Type is FieldType.Blob or FieldType.AccountID or FieldType.Vector256;

    internal byte[] Header { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    // https://xrpl.org/docs/references/protocol/binary-format#field-ids
    private static byte[] MakeHeader(byte type, byte code) => (type < 16, code < 16) switch
    {
        (true, true) => [(byte)((type << 4) | code)],
        (false, true) => [code, type],
        (true, false) => [(byte)(type << 4), code],
        (false, false) => [0, type, code],
    };
}
