using Tallystick.Server.Foundation;

namespace Tallystick.Server.Accounts;

/// <summary>Deletes sessions and attempt counters whose time is over.</summary>
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
                return Math.Max(sessions, attempts);
            },
            stop);
        return deleted == RowsMost;
    }
}
