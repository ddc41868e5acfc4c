using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>A rule, ready to split by.</summary>
/// <param name="Version">0 is the rule of a work that has none: everything to its creator.</param>
internal sealed record EffectiveRule(int Version, RoyaltyRule Rule, FlatSplit Split);

/// <summary>
/// Finds the rule of each work that was in force at an instant: of those that had taken over by then the latest, and of
/// several of one instant the highest version.
/// </summary>
internal static class EffectiveRules
{
    /// <summary>Each work's rule at one instant.</summary>
    public static async Task<Dictionary<WorkId, EffectiveRule>> At(
        Tx tx, IReadOnlyDictionary<WorkId, OrganisationId> creators, DateTimeOffset at)
    {
        var versions = await VersionsAt(tx, [.. creators.Keys.Select(w => (w, at))]);
        var rules = await Of(tx, [.. creators.Select(c => (c.Key, c.Value, versions[(c.Key, at)]))]);
        return creators.Keys.ToDictionary(w => w, w => rules[(w, versions[(w, at)])]);
    }

    /// <summary>Which version of a work's rule was in force at an instant; 0 for none.</summary>
    public static async Task<Dictionary<(WorkId Work, DateTimeOffset At), int>> VersionsAt(
        Tx tx, IReadOnlyList<(WorkId Work, DateTimeOffset At)> wanted)
    {
        var rows = await tx.Query<int>(
            """
            select coalesce((
              select r.version from royalties.rule r where r.work_id = w.work_id and r.effective_from <= w.at
              order by r.effective_from desc, r.version desc limit 1), 0)
            from unnest(@Works, @Ats) with ordinality w (work_id, at, number) order by w.number
            """,
            new
            {
                Works = wanted.Select(w => w.Work.Value).ToArray(),
                Ats = wanted.Select(w => w.At.UtcDateTime).ToArray(),
            });
        return wanted.Zip(rows).DistinctBy(w => w.First).ToDictionary(w => w.First, w => w.Second);
    }

    /// <summary>Rules by work and version.</summary>
    public static async Task<Dictionary<(WorkId Work, int Version), EffectiveRule>> Of(
        Tx tx, IReadOnlyList<(WorkId Work, OrganisationId Creator, int Version)> wanted)
    {
        var distinct = wanted.DistinctBy(w => (w.Work, w.Version)).ToList();
        var stored = (await tx.Query<Row>(
            """
            select r.work_id, r.version, r.body from unnest(@Works, @Versions) w (work_id, version)
            join royalties.rule r on r.work_id = w.work_id and r.version = w.version
            """,
            new
            {
                Works = distinct.Select(w => w.Work.Value).ToArray(),
                Versions = distinct.Select(w => w.Version).ToArray(),
            })).ToDictionary(r => (r.WorkId, r.Version), r => SqlTypes.FromJson<RoyaltyRule>(r.Body));
        return distinct.ToDictionary(w => (w.Work, w.Version), w => Ready(
            w.Version,
            w.Version == 0 ? new RoyaltyRule([new SplitPart(RuleCheck.BasisPoints, w.Creator)]) : stored[(w.Work, w.Version)]));
    }

    /// <summary>The stretches of time in which one version was in force, of every work.</summary>
    public static async Task<IReadOnlyList<UsageSlice>> Slices(Database database, CancellationToken stop) =>
        [.. (await database.Query<Stretch>(
            """
            select work_id, effective_from as since, version,
              coalesce(lead(effective_from) over (partition by work_id order by effective_from), '9999-01-01') as until
            from (
              select distinct on (work_id, effective_from) work_id, effective_from, version from royalties.rule
              order by work_id, effective_from, version desc) r
            """,
            null,
            stop)).Select(s => new UsageSlice(s.WorkId, s.Since, s.Until, s.Version))];

    private static EffectiveRule Ready(int version, RoyaltyRule rule) => new(version, rule, RuleCheck.Flatten(rule));

    private sealed record Row(WorkId WorkId, int Version, JsonNode Body);

    private sealed record Stretch(WorkId WorkId, DateTimeOffset Since, int Version, DateTimeOffset Until);
}
