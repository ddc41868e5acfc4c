using Tallystick.Core.Gates;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// Gives the feed a generation at every start of the server. Nothing is needed to know of a restore: a restore ends with a
/// start, and the generation that begins there says where the one before it ended. A gate that has more than that, or names a
/// generation that the restored database never had, takes the whole feed again.
/// </summary>
internal sealed class FeedGenerations(Database database, TimeProvider clock) : IHostedService
{
    /// <summary>A gate that was away for more starts than this takes the whole feed again, which is slow and never wrong.</summary>
    private const int KeptMost = 1_000;

    private long _newest;

    public Task StartAsync(CancellationToken cancellationToken) => database.InTransaction(
        async tx =>
        {
            await Feed.Lock(tx);
            await Begin(tx, await tx.QueryOne<long>("select coalesce(max(seq), 0) from access.feed"), clock.GetUtcNow());
            return await tx.Execute(
                """
                delete from access.feed_generation
                where number <= (select max(number) from access.feed_generation) - @KeptMost
                """,
                new { KeptMost });
        },
        cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// A number was given out, under the feed's lock. One that is not above those before it was given by a database that was
    /// set back while this process ran: that is a new generation as well.
    /// </summary>
    public async Task Given(Tx tx, long seq)
    {
        if (seq <= Volatile.Read(ref _newest))
        {
            await Begin(
                tx, await tx.QueryOne<long>("select coalesce(max(seq), 0) from access.feed where seq < @seq", new { seq }), clock.GetUtcNow());
        }

        Volatile.Write(ref _newest, seq);
    }

    /// <summary>The newest generation, and whether the entries after a number are all that a gate of a generation lacks.</summary>
    public static async Task<(string Generation, bool Holds)> Compare(Tx tx, string generation, long after)
    {
        var row = (await tx.QueryOne<Row>(
            """
            select newest.id as newest, mine.number is not null as is_known,
              (select min(later.after_seq) from access.feed_generation later where later.number > mine.number) as ended_at,
              (select coalesce(max(seq), 0) from access.feed) as head
            from (select id from access.feed_generation order by number desc limit 1) newest
            left join access.feed_generation mine on mine.id = @Mine
            """,
            new { Mine = Guid.TryParseExact(generation, "N", out var mine) ? mine : Guid.Empty }))!;
        return (row.Newest.ToString("N"), FeedContinuity.Holds(row.IsKnown, row.EndedAt, row.Head, after));
    }

    private static Task<int> Begin(Tx tx, long afterSeq, DateTimeOffset now) => tx.Execute(
        "insert into access.feed_generation (id, after_seq, begun_at) values (gen_random_uuid(), @afterSeq, @now)",
        new { afterSeq, now });

    private sealed record Row(Guid Newest, bool IsKnown, long? EndedAt, long Head);
}
