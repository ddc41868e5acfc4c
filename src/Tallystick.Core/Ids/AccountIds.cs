using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>A tenant: a creator, a buyer, or both.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct OrganisationId(Guid Value) : ITypedId<OrganisationId>
{
    /// <inheritdoc/>
    public static string Prefix => "org";

    /// <inheritdoc/>
    public static OrganisationId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static OrganisationId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<OrganisationId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out OrganisationId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>A person who signs in.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct PersonId(Guid Value) : ITypedId<PersonId>
{
    /// <inheritdoc/>
    public static string Prefix => "per";

    /// <inheritdoc/>
    public static PersonId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static PersonId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<PersonId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PersonId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>An API key; not the secret.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct ApiKeyId(Guid Value) : ITypedId<ApiKeyId>
{
    /// <inheritdoc/>
    public static string Prefix => "key";

    /// <inheritdoc/>
    public static ApiKeyId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static ApiKeyId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<ApiKeyId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ApiKeyId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}
