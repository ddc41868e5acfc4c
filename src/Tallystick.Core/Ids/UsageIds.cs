using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>A gate, as the server knows it.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct GateId(Guid Value) : ITypedId<GateId>
{
    /// <inheritdoc/>
    public static string Prefix => "gat";

    /// <inheritdoc/>
    public static GateId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static GateId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<GateId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out GateId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One request that passed a gate.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct RequestId(Guid Value) : ITypedId<RequestId>
{
    /// <inheritdoc/>
    public static string Prefix => "req";

    /// <inheritdoc/>
    public static RequestId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static RequestId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<RequestId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out RequestId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>A sealed batch of usage events.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct SealId(Guid Value) : ITypedId<SealId>
{
    /// <inheritdoc/>
    public static string Prefix => "sea";

    /// <inheritdoc/>
    public static SealId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static SealId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<SealId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SealId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>A receipt: one leaf of the log and its opening.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct ReceiptId(Guid Value) : ITypedId<ReceiptId>
{
    /// <inheritdoc/>
    public static string Prefix => "rcp";

    /// <inheritdoc/>
    public static ReceiptId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static ReceiptId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<ReceiptId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ReceiptId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}
