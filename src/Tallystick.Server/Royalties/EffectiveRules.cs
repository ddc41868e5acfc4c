using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>A rule, ready to split by.</summary>
/// <param name="Version">0 is the rule of a work that has none: everything to its creator.</param>
internal sealed record EffectiveRule(int Version, RoyaltyRule Rule, FlatSplit Split);

/// <summary>Finds the rule of each work that applies at an instant.</summary>
internal static class EffectiveRules
{
    public static async Task<Dictionary<WorkId, EffectiveRule>> At(
        Tx tx, IReadOnlyDictionary<WorkId, OrganisationId> creators, DateTimeOffset at)
    {
        var rows = await tx.Query<Row>(
            """
            select distinct on (work_id) work_id, version, body from royalties.rule
            where work_id = any(@Works) and effective_from <= @at
            order by work_id, effective_from desc, version desc
            """,
            new { Works = creators.Keys.Select(w => w.Value).ToArray(), at });
        var rules = rows.ToDictionary(r => r.WorkId, r => Of(r.Version, SqlTypes.FromJson<RoyaltyRule>(r.Body)));
        foreach (var (work, creator) in creators)
        {
            if (!rules.ContainsKey(work))
            {
                rules[work] = Of(0, new RoyaltyRule([new SplitPart(RuleCheck.BasisPoints, creator)]));
            }
        }

        return rules;
    }

    private static EffectiveRule Of(int version, RoyaltyRule rule) => new(version, rule, RuleCheck.Flatten(rule));

    private sealed record Row(WorkId WorkId, int Version, JsonNode Body);
}
