using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>What is counted together.</summary>
/// <param name="Kind">What is tried.</param>
/// <param name="Subject">By whom or from where.</param>
/// <param name="Account">Whose account it is about, when it is about one.</param>
internal readonly record struct AttemptKey(string Kind, string Subject, string? Account = null)
{
    public byte[] Bucket => Accounts.Account.Sha256($"{Kind}\n{Account}\n{Subject}");

    public byte[]? AccountHash => Account is null ? null : Accounts.Account.Sha256(Account);
}

/// <summary>
/// Counts attempts in fixed windows, in the database: a restart or a second process gives no fresh tries. The attempt is
/// counted before it is judged, so that guesses sent at the same time do not pass together.
/// </summary>
internal sealed class AttemptLimits(Database database, TimeProvider clock)
{
    private const string Unlocked = "unlocked";

    /// <summary>Null when the attempt is within the limit, else the refusal.</summary>
    public async Task<Refusal?> Count(AttemptKey key, int most, TimeSpan window, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var counted = await database.QueryOne<Counted>(
            """
            insert into accounts.attempt as a (bucket, account, window_start, window_end, count)
            values (@Bucket, @AccountHash, @Now, @End, 1)
            on conflict (bucket) do update set
              count = case when a.window_end <= @Now then 1 else least(a.count + 1, 1000000) end,
              window_start = case when a.window_end <= @Now then @Now else a.window_start end,
              window_end = case when a.window_end <= @Now then @End else a.window_end end
            returning count, window_end
            """,
            new { key.Bucket, key.AccountHash, Now = now, End = now + window },
            stop);
        if (counted!.Count <= most)
        {
            return null;
        }

        var seconds = (long)Math.Ceiling((counted.WindowEnd - now).TotalSeconds);
        return Problems.TooManyRequests.With(
            "Too many attempts.", new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = seconds });
    }

    public Task Forget(AttemptKey key, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute("delete from accounts.attempt where bucket = @Bucket", new { key.Bucket }), stop);

    /// <summary>Forgets all that was counted against an account, wherever it came from.</summary>
    public Task ForgetAll(string account, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            "delete from accounts.attempt where account = @Hash", new { Hash = Account.Sha256(account) }), stop);

    /// <summary>
    /// The same, and for so long nothing that others try is counted against it: forgetting alone would last as long as a
    /// flood needs to count up again.
    /// </summary>
    public Task Unlock(string account, TimeSpan until, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            """
            delete from accounts.attempt where account = @AccountHash;
            insert into accounts.attempt (bucket, account, window_start, window_end, count)
            values (@Bucket, @AccountHash, @Now, @End, 0)
            """,
            new
            {
                new AttemptKey(Unlocked, "", account).Bucket,
                new AttemptKey(Unlocked, "", account).AccountHash,
                Now = clock.GetUtcNow(),
                End = clock.GetUtcNow() + until,
            }), stop);

    /// <summary>Whether <see cref="Unlock"/> still holds.</summary>
    public Task<bool> IsUnlocked(string account, CancellationToken stop) => database.QueryOne<bool>(
        "select exists (select 1 from accounts.attempt where bucket = @Bucket and window_end > @Now)",
        new { new AttemptKey(Unlocked, "", account).Bucket, Now = clock.GetUtcNow() },
        stop);

    private sealed record Counted(int Count, DateTimeOffset WindowEnd);
}
