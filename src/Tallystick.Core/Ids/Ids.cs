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
