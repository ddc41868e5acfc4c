using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>A licence; the token's jti.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct LicenceId(Guid Value) : ITypedId<LicenceId>
{
    /// <inheritdoc/>
    public static string Prefix => "lic";

    /// <inheritdoc/>
    public static LicenceId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static LicenceId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<LicenceId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out LicenceId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>Pairwise pseudonym of a buyer towards one creator. Says nothing without the server's key.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct BuyerPseudonym(Guid Value) : ITypedId<BuyerPseudonym>
{
    /// <inheritdoc/>
    public static string Prefix => "byr";

    /// <inheritdoc/>
    public static BuyerPseudonym From(Guid value) => new(value);

    /// <inheritdoc/>
    public static BuyerPseudonym Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<BuyerPseudonym>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out BuyerPseudonym result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}
