using System.Text.Json.Serialization;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Royalties;

/// <summary>
/// How what a work earns is shared: data with versions. What the platform keeps is the operator's and comes off first;
/// the parts here share the rest.
/// </summary>
/// <param name="Payees">Parts that make 10 000 basis points exactly.</param>
/// <param name="Groups">Named splits that a part may point at, each making 10 000 basis points; may nest.</param>
/// <param name="MinimumPayout">
/// Has no effect and is read of old rules only: a rule is written by one party, and the least that is paid out to another is
/// that other's to say.
/// </param>
/// <param name="HoldbackBasisPoints">Part of every share that is kept back for disputes, 0 to 10 000.</param>
/// <param name="HoldbackDays">Days until it is released, 0 to 365.</param>
public sealed record RoyaltyRule(
    IReadOnlyList<SplitPart> Payees,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyDictionary<string, IReadOnlyList<SplitPart>>? Groups = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Money? MinimumPayout = null,
    int HoldbackBasisPoints = 0,
    int HoldbackDays = 0);

/// <summary>A part of a split: of one organisation, or of a group that splits it further.</summary>
/// <param name="ShareBasisPoints">1 to 10 000.</param>
/// <param name="OrganisationId">Who gets it; null when <paramref name="Group"/> does.</param>
/// <param name="Group">Name of the group that gets it; null when an organisation does.</param>
public sealed record SplitPart(
    int ShareBasisPoints,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OrganisationId? OrganisationId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Group = null);

/// <summary>What one payee gets of every <see cref="FlatSplit.Whole"/>.</summary>
/// <param name="Payee">Who.</param>
/// <param name="Weight">Of <see cref="FlatSplit.Whole"/>, positive.</param>
public readonly record struct FlatShare(OrganisationId Payee, long Weight);

/// <summary>A split without groups: every payee once, in the order in which the rule first names them.</summary>
/// <param name="Shares">Weights that sum to <see cref="Whole"/>.</param>
public sealed record FlatSplit(IReadOnlyList<FlatShare> Shares)
{
    /// <summary>10 000 basis points to the power of the deepest nesting, so that flattening is exact.</summary>
    public const long Whole = 10_000L * 10_000 * 10_000 * 10_000;
}
