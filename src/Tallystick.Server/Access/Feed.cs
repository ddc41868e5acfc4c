using System.Text.Json.Nodes;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>Writes what gates must know. Within a transaction, so that a gate never learns of what did not happen.</summary>
internal sealed class Feed(FeedSignal signal, FeedGenerations generations)
{
    public Task Put<T>(Tx tx, FeedKind kind, string key, T body) => Write(tx, kind, key, SqlTypes.Json(body));

    public Task Remove(Tx tx, FeedKind kind, string key) => Write(tx, kind, key, null);

    /// <summary>Which of these keys have an entry that is not taken away.</summary>
    public static Task<IReadOnlyList<string>> Present(Tx tx, FeedKind kind, string[] keys) => tx.Query<string>(
        "select key from access.feed where kind = @Kind and key = any(@keys) and body is not null order by key",
        new { Kind = (short)kind, keys });

    /// <summary>One writer at a time, until its commit.</summary>
    public static Task Lock(Tx tx) => tx.Take(Turn.Feed);

    private async Task Write(Tx tx, FeedKind kind, string key, JsonNode? body)
    {
        await Lock(tx);
        var seq = await tx.QueryOne<long>(
            """
            insert into access.feed (seq, kind, key, body)
            values (nextval('access.feed_seq'), @Kind, @Key, @Body)
            on conflict (kind, key) do update set seq = excluded.seq, body = excluded.body
            returning seq
            """,
            new { Kind = (short)kind, Key = key, Body = body });
        await generations.Given(tx, seq);
        tx.AfterCommit(signal.Raise);
    }
}

/// <summary>Wakes every gate that waits for news.</summary>
internal sealed class FeedSignal
{
    private TaskCompletionSource _next = New();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary><c>GET /gate/v1/feed</c>: what changed after a number; waits for news when nothing did.</summary>
internal sealed class FollowFeed(Database database, FeedSignal signal, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    // Whoever asks again while the server stops is not let wait either, but must not ask without a pause.
    private static readonly TimeSpan PauseAtStop = TimeSpan.FromSeconds(1);

    private const int EntriesMost = 1_000;

    // An entry can be a work of many thousand files: a page is bounded in bytes as well, and has at least one entry.
    private const int BytesMost = 8 * 1024 * 1024;
    private const int WaitSecondsMost = 30;

    public static async Task<IResult> Handle(
        GateCaller gate, FollowFeed feed, CancellationToken stop, long after = 0, int wait = 0, string? generation = null)
    {
        if (after < 0 || wait is < 0 or > WaitSecondsMost)
        {
            return Problems.Invalid("after", $"'after' is not negative and 'wait' is from 0 to {WaitSecondsMost} seconds").ToHttp();
        }

        if (generation is { Length: > 0 } && !Guid.TryParseExact(generation, "N", out _))
        {
            return Problems.Invalid("generation", "as an earlier answer gave it, or none").ToHttp();
        }

        return Results.Ok(await feed.Page(new(gate.Gate, generation, after), TimeSpan.FromSeconds(wait), stop));
    }

    public async Task<FeedPage> Page(Question question, TimeSpan wait, CancellationToken stop)
    {
        // Taken before the look: news that come between look and wait end the wait at once.
        var news = signal.Next;
        var page = await Read(question, stop);
        // That what the gate has is of another feed, it must hear now.
        if (page.Entries.Count > 0 || page.FromStart || page.Head < question.After || wait == TimeSpan.Zero)
        {
            return page;
        }

        // A wait that ends by its time is no failure: the gate hears that nothing changed, and what time it is.
        // Nor is one that ends because the server stops: it would hold up the end by as long as it waits.
        var (most, end) = lifetime.ApplicationStopping is { IsCancellationRequested: false } stopping
            ? (wait, stopping)
            : (wait < PauseAtStop ? wait : PauseAtStop, CancellationToken.None);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, end);
        await news.WaitAsync(most, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        return await Read(question, stop);
    }

    private async Task<FeedPage> Read(Question question, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var (generation, goesOn, rows) = await database.InTransaction(
            async tx =>
            {
                // Before the rows: a generation that begins in between is told with the next answer.
                var (newest, holds) = await FeedGenerations.Compare(tx, question.Generation ?? "", question.After);
                // A gate that names none is of an earlier make, and does not understand to be told to begin anew.
                holds |= question.Generation is null;
                var after = holds ? question.After : 0;
                await tx.Execute(
                    "update access.gate set last_seen_at = @Now, feed_position = @After where id = @Gate",
                    new { Now = now, After = after, question.Gate });
                return (newest, holds, await tx.Query<Row>(
                    """
                    select seq, kind::int as kind, key, body from (
                      select *, row_number() over (order by seq) as number,
                        sum(coalesce(octet_length(body::text), 0)) over (order by seq) as bytes
                      from (select * from access.feed where seq > @After order by seq limit @EntriesMost) newest) counted
                    where number = 1 or bytes <= @BytesMost order by seq
                    """,
                    new { After = after, EntriesMost, BytesMost }));
            },
            stop);
        var head = await database.QueryOne<long>("select coalesce(max(seq), 0) from access.feed", null, stop);
        return new FeedPage([.. rows.Select(r => new FeedEntry(r.Seq, (FeedKind)r.Kind, r.Key, r.Body))], head, now, generation, !goesOn);
    }

    /// <summary>What a gate has.</summary>
    /// <param name="Generation">What <paramref name="After"/> belongs to; null when the gate does not tell.</param>
    internal sealed record Question(GateId Gate, string? Generation, long After);

    private sealed record Row(long Seq, int Kind, string Key, JsonNode? Body);
}
