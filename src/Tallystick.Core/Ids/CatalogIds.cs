using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>A work: dataset, stream, article, endpoint.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct WorkId(Guid Value) : ITypedId<WorkId>
{
    /// <inheritdoc/>
    public static string Prefix => "wrk";

    /// <inheritdoc/>
    public static WorkId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static WorkId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<WorkId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WorkId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One immutable version of a work.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct VersionId(Guid Value) : ITypedId<VersionId>
{
    /// <inheritdoc/>
    public static string Prefix => "ver";

    /// <inheritdoc/>
    public static VersionId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static VersionId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<VersionId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out VersionId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>An upload of a file that may go on after an interruption.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct UploadId(Guid Value) : ITypedId<UploadId>
{
    /// <inheritdoc/>
    public static string Prefix => "upl";

    /// <inheritdoc/>
    public static UploadId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static UploadId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<UploadId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out UploadId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>A part of a work that can be sold and counted: the whole, a file, a shard.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct UnitId(Guid Value) : ITypedId<UnitId>
{
    /// <inheritdoc/>
    public static string Prefix => "unt";

    /// <inheritdoc/>
    public static UnitId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static UnitId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<UnitId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out UnitId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>An immutable offer.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct OfferId(Guid Value) : ITypedId<OfferId>
{
    /// <inheritdoc/>
    public static string Prefix => "off";

    /// <inheritdoc/>
    public static OfferId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static OfferId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<OfferId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out OfferId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}
