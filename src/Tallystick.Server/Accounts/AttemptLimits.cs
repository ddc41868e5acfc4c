using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>
/// Counts attempts in fixed windows, in the database: a restart or a second process gives no fresh tries. The attempt is
/// counted before it is judged, so that guesses sent at the same time do not pass together.
/// </summary>
internal sealed class AttemptLimits(Database database, TimeProvider clock)
{
    /// <summary>Null when the attempt is within the limit, else the refusal.</summary>
    public async Task<Refusal?> Count(string kind, string subject, int most, TimeSpan window, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var counted = await database.QueryOne<Counted>(
            """
            insert into accounts.attempt as a (bucket, window_start, window_end, count)
            values (@Bucket, @Now, @End, 1)
            on conflict (bucket) do update set
              count = case when a.window_end <= @Now then 1 else least(a.count + 1, 1000000) end,
              window_start = case when a.window_end <= @Now then @Now else a.window_start end,
              window_end = case when a.window_end <= @Now then @End else a.window_end end
            returning count, window_end
            """,
            new { Bucket = Bucket(kind, subject), Now = now, End = now + window },
            stop);
        if (counted!.Count <= most)
        {
            return null;
        }

        var seconds = (long)Math.Ceiling((counted.WindowEnd - now).TotalSeconds);
        return Problems.TooManyRequests.With(
            "Too many attempts.", new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = seconds });
    }

    public Task Forget(string kind, string subject, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute("delete from accounts.attempt where bucket = @Bucket", new { Bucket = Bucket(kind, subject) }),
        stop);

    private static byte[] Bucket(string kind, string subject) => Account.Sha256($"{kind}\n{subject}");

    private sealed record Counted(int Count, DateTimeOffset WindowEnd);
}
