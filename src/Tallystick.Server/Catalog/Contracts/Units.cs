using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog.Contracts;

/// <summary>Whether units are parts of the works they are said to be of.</summary>
internal static class Units
{
    /// <summary>Of these pairs, those whose unit is neither the work itself nor a file of any of its versions.</summary>
    public static async Task<IReadOnlyList<(WorkId Work, UnitId Unit)>> NotOfTheirWork(
        Tx tx, IReadOnlyCollection<(WorkId Work, UnitId Unit)> pairs) => pairs.Count == 0 ? [] :
        [.. (await tx.Query<Row>(
            """
            select p.work_id, p.unit_id from unnest(@Works, @Units) p (work_id, unit_id)
            where not exists (select 1 from catalog.unit u where u.id = p.unit_id and u.work_id = p.work_id)
              and not exists (select 1 from catalog.work w where w.id = p.work_id and w.unit_id = p.unit_id)
            """,
            new { Works = pairs.Select(p => p.Work.Value).ToArray(), Units = pairs.Select(p => p.Unit.Value).ToArray() }))
            .Select(r => (r.WorkId, r.UnitId))];

    private sealed record Row(WorkId WorkId, UnitId UnitId);
}
