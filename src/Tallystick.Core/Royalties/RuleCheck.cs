using Tallystick.Core.Ids;

namespace Tallystick.Core.Royalties;

/// <summary>Says what is wrong with a rule, all at once, and flattens one that is right.</summary>
public static class RuleCheck
{
    /// <summary>A whole in basis points.</summary>
    public const int BasisPoints = 10_000;

    /// <summary>Levels of splitting: the payees and three levels of groups below them.</summary>
    public const int LevelsMost = 4;

    /// <summary>Payees after flattening. A charge makes a posting or two for each.</summary>
    public const int PayeesMost = 100;

    /// <summary>Groups of one rule.</summary>
    public const int GroupsMost = 50;

    /// <summary>Length of a group's name.</summary>
    public const int NameLengthMost = 60;

    /// <summary>
    /// The least flattened share: a hundredth of a basis point, a cent in 10 000.00. Less would be a payee who is
    /// shown a share and, over any ordinary year, never gets a cent.
    /// </summary>
    public const long WeightLeast = FlatSplit.Whole / 1_000_000;

    /// <summary>Every error as (member, message); empty when the rule can be used.</summary>
    public static IReadOnlyList<(string Member, string Message)> Errors(RoyaltyRule rule)
    {
        var errors = new List<(string, string)>();
        if (rule.HoldbackBasisPoints is < 0 or > BasisPoints)
        {
            errors.Add(("holdback_basis_points", $"0 to {BasisPoints}."));
        }

        if (rule.HoldbackDays is < 0 or > 365)
        {
            errors.Add(("holdback_days", "0 to 365."));
        }

        if (rule.HoldbackBasisPoints > 0 && rule.HoldbackDays == 0)
        {
            errors.Add(("holdback_days", "a part that is held back needs at least a day."));
        }

        if (rule.MinimumPayout is { Minor: < 0 })
        {
            errors.Add(("minimum_payout", "not negative."));
        }

        CheckGroups(rule, errors);
        CheckParts("payees", rule.Payees, rule, errors);
        if (errors.Count == 0)
        {
            CheckFlat(rule, errors);
        }

        return errors;
    }

    /// <summary>Who gets what in the end. The rule must have no <see cref="Errors"/>.</summary>
    /// <exception cref="InvalidOperationException">The rule cannot be used.</exception>
    public static FlatSplit Flatten(RoyaltyRule rule) => Errors(rule) is [var first, ..]
        ? throw new InvalidOperationException($"{first.Member}: {first.Message}")
        : new FlatSplit(Weights(rule));

    private static void CheckGroups(RoyaltyRule rule, List<(string, string)> errors)
    {
        var groups = rule.Groups ?? new Dictionary<string, IReadOnlyList<SplitPart>>();
        if (groups.Count > GroupsMost)
        {
            errors.Add(("groups", $"at most {GroupsMost}."));
            return;
        }

        foreach (var (name, parts) in groups)
        {
            if (name.Length is 0 or > NameLengthMost || name.Contains('\0', StringComparison.Ordinal))
            {
                errors.Add(("groups", $"names have 1 to {NameLengthMost} characters."));
            }

            CheckParts($"groups.{name}", parts, rule, errors);
        }
    }

    private static void CheckParts(
        string member, IReadOnlyList<SplitPart> parts, RoyaltyRule rule, List<(string, string)> errors)
    {
        if (parts.Count is 0 or > PayeesMost)
        {
            errors.Add((member, $"1 to {PayeesMost} parts."));
            return;
        }

        foreach (var part in parts)
        {
            if (part.ShareBasisPoints is < 1 or > BasisPoints)
            {
                errors.Add((member, $"{part.ShareBasisPoints} is not a share: 1 to {BasisPoints} basis points."));
            }

            if (part.OrganisationId is null == part.Group is null)
            {
                errors.Add((member, "a part names either an organisation or a group."));
            }

            if (part.Group is { } group && rule.Groups?.ContainsKey(group) != true)
            {
                errors.Add((member, "a part names a group that is not in 'groups'."));
            }
        }

        var sum = parts.Sum(p => (long)p.ShareBasisPoints);
        if (sum != BasisPoints)
        {
            errors.Add((member, $"the shares make {sum} basis points, they must make {BasisPoints} exactly."));
        }
    }

    private static void CheckFlat(RoyaltyRule rule, List<(string, string)> errors)
    {
        // Depth first would walk a cycle for ever and a diamond of groups exponentially: levels by name end both.
        var heights = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in rule.Groups?.Keys ?? [])
        {
            if (Height(name, rule, heights, []) is null)
            {
                errors.Add(("groups", "a group is a part of itself, directly or through others."));
                return;
            }
        }

        var levels = 1 + rule.Payees.Max(p => p.Group is null ? 0 : heights[p.Group]);
        if (levels > LevelsMost)
        {
            errors.Add(("groups", $"nested {levels} deep, at most {LevelsMost}."));
            return;
        }

        var shares = Weights(rule);
        if (shares.Count > PayeesMost)
        {
            errors.Add(("payees", $"{shares.Count} payees in all, at most {PayeesMost}."));
        }

        foreach (var share in shares.Where(s => s.Weight < WeightLeast))
        {
            errors.Add(("payees", $"{share.Payee} would get less than a hundredth of a basis point."));
        }
    }

    private static int? Height(
        string name, RoyaltyRule rule, Dictionary<string, int> known, HashSet<string> above)
    {
        if (known.TryGetValue(name, out var height))
        {
            return height;
        }

        if (!above.Add(name))
        {
            return null;
        }

        height = 1;
        foreach (var part in rule.Groups![name].Where(p => p.Group is not null))
        {
            if (Height(part.Group!, rule, known, above) is not { } below)
            {
                return null;
            }

            height = Math.Max(height, below + 1);
        }

        above.Remove(name);
        return known[name] = height;
    }

    private static List<FlatShare> Weights(RoyaltyRule rule)
    {
        var order = new List<OrganisationId>();
        var weights = new Dictionary<OrganisationId, long>();
        var level = rule.Payees.Select(p => (Part: p, Of: FlatSplit.Whole)).ToList();
        while (level.Count > 0)
        {
            var below = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var (part, of) in level)
            {
                // Exact: the whole holds one factor of 10 000 for every level.
                var weight = checked(of / BasisPoints * part.ShareBasisPoints);
                if (part.OrganisationId is { } payee)
                {
                    if (!weights.TryAdd(payee, weight))
                    {
                        weights[payee] += weight;
                    }
                    else
                    {
                        order.Add(payee);
                    }
                }
                else
                {
                    below[part.Group!] = below.GetValueOrDefault(part.Group!) + weight;
                }
            }

            level = [.. below.SelectMany(b => rule.Groups![b.Key], (b, p) => (p, b.Value))];
        }

        return [.. order.Select(payee => new FlatShare(payee, weights[payee]))];
    }
}
