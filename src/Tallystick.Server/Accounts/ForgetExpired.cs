using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Deletes sessions, attempt counters and links to set a password whose time is over.</summary>
internal sealed class ForgetExpired(Database database, TimeProvider clock)
{
    public const string Worker = "accounts.forget-expired";
    private const int RowsMost = 10_000;

    public async Task<bool> Step(CancellationToken stop)
    {
        var deleted = await database.InTransaction(
            async tx =>
            {
                var arguments = new { Now = clock.GetUtcNow(), RowsMost };
                var sessions = await tx.Execute(
                    """
                    delete from accounts.session where token_sha256 in (
                      select token_sha256 from accounts.session where expires_at <= @Now limit @RowsMost)
                    """,
                    arguments);
                var attempts = await tx.Execute(
                    """
                    delete from accounts.attempt where bucket in (
                      select bucket from accounts.attempt where window_end <= @Now limit @RowsMost)
                    """,
                    arguments);
                // Few: there is one a person at most, and the operator makes each by hand.
                await tx.Execute("delete from accounts.password_reset where expires_at <= @Now", arguments);
                return Math.Max(sessions, attempts);
            },
            stop);
        return deleted == RowsMost;
    }
}
