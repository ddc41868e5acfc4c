using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// Tells gates of works once more that an earlier make told them of without the times of their files: one work a step, until
/// all were looked at since the start.
/// </summary>
internal sealed class RefreshFeed(Database database, FeedWorks works)
{
    public const string Worker = "access.refresh-feed";

    private string _after = "";

    public async Task<bool> Step(CancellationToken stop)
    {
        var old = await database.QueryOne<Row>(
            """
            select key, body ->> 'version_id' as version from access.feed
            where kind = @Kind and key > @After and jsonb_array_length(body -> 'files') > 0 and body -> 'files' -> 0 -> 'modified_at' is null
            order by key limit 1
            """,
            new { Kind = (short)FeedKind.Work, After = _after },
            stop);
        if (old is null)
        {
            return false;
        }

        await database.InTransaction(
            tx => works.Handle(tx, new WorkPublished(WorkId.Parse(old.Key), VersionId.Parse(old.Version)), stop), stop);
        _after = old.Key;
        return true;
    }

    private sealed record Row(string Key, string Version);
}
