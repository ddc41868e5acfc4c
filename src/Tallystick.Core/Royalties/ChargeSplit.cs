using System.Numerics;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Royalties;

/// <summary>What one payee gets of a charge, in minor units.</summary>
/// <param name="Payee">Who.</param>
/// <param name="Weight">Their part of <see cref="FlatSplit.Whole"/>: what the amount is checked against.</param>
/// <param name="Minor">All of it.</param>
/// <param name="HeldBack">The part of it that is released later.</param>
/// <param name="HeldAsNew">The part of <paramref name="HeldBack"/> that the operator keeps back of a new payee.</param>
public readonly record struct PayeeShare(OrganisationId Payee, long Weight, long Minor, long HeldBack, long HeldAsNew)
{
    /// <summary>What is owed at once.</summary>
    public long Payable => checked(Minor - HeldBack);
}

/// <summary>
/// What a participant should have had and has not had (positive), or has had already (negative), over all charges: an exact
/// fraction of a minor unit, between −1 and 1.
/// </summary>
/// <param name="Participant">A payee, or <see cref="Platform"/>.</param>
/// <param name="Numerator">In <see cref="Unit"/>ths of a minor unit.</param>
public readonly record struct Remainder(OrganisationId Participant, Int128 Numerator)
{
    /// <summary>One minor unit: 10 000 basis points of the fee times the whole of a split, so that every part is exact.</summary>
    public static readonly Int128 Unit = (Int128)RuleCheck.BasisPoints * FlatSplit.Whole;

    /// <summary>The platform, whose fee is a part like any other. No organisation has this id.</summary>
    public static OrganisationId Platform => default;
}

/// <summary>What of a share is kept back for disputes.</summary>
/// <param name="BasisPoints">By the rule, 0 to 10 000.</param>
/// <param name="NewPayeeBasisPoints">The least of a new payee's share, as the operator sets it.</param>
/// <param name="NewPayees">Whose first earning is too young.</param>
public sealed record Holdback(
    int BasisPoints, int NewPayeeBasisPoints = 0, IReadOnlySet<OrganisationId>? NewPayees = null)
{
    /// <summary>Nothing.</summary>
    public static Holdback None { get; } = new(0);
}

/// <summary>A charge and where it goes: fee, shares and what rounding keeps sum to the gross amount exactly.</summary>
/// <param name="Gross">What the buyer pays, in minor units.</param>
/// <param name="Fee">What the platform keeps.</param>
/// <param name="Rounding">Into the journal's rounding account, or out of it: the sum of all remainders stands there.</param>
/// <param name="Shares">What the payees get, in the rule's order.</param>
/// <param name="Remainders">What everybody's remainder is after this charge.</param>
public sealed record ChargeSplit(
    long Gross, long Fee, long Rounding, IReadOnlyList<PayeeShare> Shares, IReadOnlyList<Remainder> Remainders)
{
    /// <summary>
    /// Splits a charge so that over any sequence of charges, by any mix of rules, every participant has had their exact
    /// part within one unit. 1 The exact part of each and what they lacked before. 2 Its whole units, never less than
    /// none. 3 The units left over go one each to the largest fractions, the earlier first among equals. 4 What cannot
    /// be placed, or was placed beyond the charge, is the rounding account's.
    /// </summary>
    /// <param name="gross">Minor units, not negative.</param>
    /// <param name="feeBasisPoints">The platform's part, 0 to 10 000.</param>
    /// <param name="split">Who gets the rest.</param>
    /// <param name="holdback">What is kept back of each share, rounded down.</param>
    /// <param name="before">Remainders by participant, in the charge's currency; nobody's for null.</param>
    public static ChargeSplit Of(
        long gross, int feeBasisPoints, FlatSplit split, Holdback holdback,
        IReadOnlyDictionary<OrganisationId, Int128>? before = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gross);
        CheckBasisPoints(feeBasisPoints);
        CheckBasisPoints(holdback.BasisPoints);
        CheckBasisPoints(holdback.NewPayeeBasisPoints);

        var (parts, left) = (new Part[split.Shares.Count + 1], (BigInteger)gross);
        for (var i = 0; i < parts.Length; i++)
        {
            // 1. The platform stands last, so that of equal fractions a payee's comes first.
            var (who, weight) = i < split.Shares.Count
                ? (split.Shares[i].Payee, (Int128)(RuleCheck.BasisPoints - feeBasisPoints) * split.Shares[i].Weight)
                : (Remainder.Platform, (Int128)feeBasisPoints * FlatSplit.Whole);
            var exact = ((BigInteger)gross * weight) + (before?.GetValueOrDefault(who) ?? 0);
            // 2. Nobody pays back what they had early: it is taken into account the next time.
            var whole = exact.Sign <= 0 ? BigInteger.Zero : exact / Remainder.Unit;
            parts[i] = new Part(who, (long)whole, (Int128)(exact - (whole * Remainder.Unit)));
            left -= whole;
        }

        // 3
        foreach (var i in Enumerable.Range(0, parts.Length)
            .Where(i => parts[i].Rest > 0).OrderByDescending(i => parts[i].Rest).Take((int)BigInteger.Max(0, left)))
        {
            parts[i] = parts[i] with { Minor = parts[i].Minor + 1, Rest = parts[i].Rest - Remainder.Unit };
            left--;
        }

        return new ChargeSplit(
            gross, parts[^1].Minor, (long)left /* 4 */,
            [.. split.Shares.Select((s, i) => Share(s, parts[i].Minor, holdback))],
            [.. parts.Select(p => new Remainder(p.Participant, p.Rest))]);
    }

    private static PayeeShare Share(FlatShare share, long minor, Holdback holdback)
    {
        var isNew = holdback.NewPayees?.Contains(share.Payee) == true;
        var asNew = isNew ? PartOf(minor, holdback.NewPayeeBasisPoints) : 0;
        return new PayeeShare(
            share.Payee, share.Weight, minor, Math.Max(asNew, PartOf(minor, holdback.BasisPoints)), asNew);
    }

    private static long PartOf(long minor, int basisPoints) => (long)((Int128)minor * basisPoints / RuleCheck.BasisPoints);

    private static void CheckBasisPoints(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, RuleCheck.BasisPoints);
    }

    private readonly record struct Part(OrganisationId Participant, long Minor, Int128 Rest);
}
