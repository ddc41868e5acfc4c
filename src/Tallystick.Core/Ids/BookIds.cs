using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Core.Ids;

/// <summary>One billing run.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct BillingRunId(Guid Value) : ITypedId<BillingRunId>
{
    /// <inheritdoc/>
    public static string Prefix => "run";

    /// <inheritdoc/>
    public static BillingRunId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static BillingRunId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<BillingRunId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out BillingRunId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One statement.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct StatementId(Guid Value) : ITypedId<StatementId>
{
    /// <inheritdoc/>
    public static string Prefix => "stm";

    /// <inheritdoc/>
    public static StatementId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static StatementId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<StatementId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out StatementId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One invitation to be a payee of somebody's royalty rules, and the agreement that comes of it.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct InvitationId(Guid Value) : ITypedId<InvitationId>
{
    /// <inheritdoc/>
    public static string Prefix => "inv";

    /// <inheritdoc/>
    public static InvitationId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static InvitationId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<InvitationId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out InvitationId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One payout.</summary>
/// <param name="Value">The 128 bits.</param>
public readonly record struct PayoutId(Guid Value) : ITypedId<PayoutId>
{
    /// <inheritdoc/>
    public static string Prefix => "pay";

    /// <inheritdoc/>
    public static PayoutId From(Guid value) => new(value);

    /// <inheritdoc/>
    public static PayoutId Parse(string s, IFormatProvider? provider = null) => TypedId.Parse<PayoutId>(s);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PayoutId result) =>
        TypedId.TryParse(s, out result);

    /// <inheritdoc/>
    public override string ToString() => TypedId.Format(this);
}
