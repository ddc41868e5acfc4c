using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>One order of one offer.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct PurchaseId(Guid Value) : ITypedId<PurchaseId>
{
    /// <inheritdoc/>
    public static string Prefix => "pur";

    /// <inheritdoc/>
    public static PurchaseId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static PurchaseId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<PurchaseId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PurchaseId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One wallet top-up.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct TopUpId(Guid Value) : ITypedId<TopUpId>
{
    /// <inheritdoc/>
    public static string Prefix => "top";

    /// <inheritdoc/>
    public static TopUpId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static TopUpId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<TopUpId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TopUpId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>Unused money on its way from a wallet back to where it came from.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct WalletRefundId(Guid Value) : ITypedId<WalletRefundId>
{
    /// <inheritdoc/>
    public static string Prefix => "wrf";

    /// <inheritdoc/>
    public static WalletRefundId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static WalletRefundId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<WalletRefundId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WalletRefundId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}
