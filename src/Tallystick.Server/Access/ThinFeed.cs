using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Access;

/// <summary>
/// Takes out of the feed that a licence was revoked once its time is over as well: a gate refuses it by its expiry, and one that starts
/// need not read what ended years ago. Simply gone and not announced as gone: a gate that knows it loses nothing by knowing it. The
/// newest entry stays: by its number gates know how far the feed has come.
/// </summary>
internal sealed class ThinFeed(Database database, TimeProvider clock)
{
    public const string Worker = "feed-thin";
    private const int EntriesMost = 1_000;

    /// <summary>Longer than clocks differ and than a token for short access lives on.</summary>
    private static readonly TimeSpan After = TimeSpan.FromDays(7);

    private string _after = "";

    /// <summary>Looks at the next entries, and begins anew after the last.</summary>
    public Task<bool> Step(CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var keys = await tx.Query<string>(
                "select key from access.feed where kind = @Kind and key > @_after order by key limit @EntriesMost",
                new { Kind = (short)FeedKind.LicenceStatus, _after, EntriesMost });
            var licences = await Licences.Find(tx, [.. keys.Select(k => LicenceId.Parse(k, null))]);
            var over = clock.GetUtcNow() - After;
            var ended = licences.Where(l => l.Status == LicenceStatus.Invalid && l.Expires < over).Select(l => l.LicenceId.ToString()).ToArray();
            if (ended.Length > 0)
            {
                await Feed.Lock(tx);
                await tx.Execute(
                    """
                    delete from access.feed where kind = @Kind and key = any(@ended) and seq < (select max(seq) from access.feed)
                    """,
                    new { Kind = (short)FeedKind.LicenceStatus, ended });
            }

            var more = keys.Count == EntriesMost;
            _after = more ? keys[^1] : "";
            return more;
        },
        stop);
}
