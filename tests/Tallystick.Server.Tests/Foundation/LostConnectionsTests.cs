using System.Net;
using Npgsql;
using Tallystick.Server.Tests.Payments;
using Tallystick.Server.Tests.Support;
using static Tallystick.Server.Tests.Payouts.PayoutSteps;

namespace Tallystick.Server.Tests.Foundation;

/// <summary>The database ends every connection, as when it is started again: locks of workers are gone in the middle of their work.</summary>
public sealed class LostConnectionsTests(Postgres postgres)
{
    /// <summary>bensheldon/good_job#90: the lock was lost while the job ran, and the job ran twice.</summary>
    [Fact]
    public async Task A_payout_under_whose_hands_every_connection_ends_is_paid_once_and_all_work_goes_on()
    {
        await using var shop = await Shop.Open(postgres);
        var creator = await Creator(shop, onboard: true);
        await Fund(shop, 5_000);
        await shop.At("faults", ("kind", "delay"), ("path", "/v1/transfers"), ("method", "POST"), ("count", "1"), ("delay_ms", "2000"));
        var id = await Queue(shop, creator, 1_000);
        await State(shop, id, "sending");

        await shop.Database.QueryOne<int>(
            """
            select count(pg_terminate_backend(pid))::int from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            """,
            null,
            Shop.Stop);

        await Eventually.Holds(
            async () =>
            {
                shop.Server.Clock.Advance(TimeSpan.FromSeconds(20));
                try
                {
                    return (await Find(shop, id)).State == "paid";
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            "it is paid");
        await PaidOnce(shop, creator, 1_000);
        await Fund(shop, 700);
        using var client = shop.Server.Client();
        await Eventually.Holds(
            async () => (await client.GetAsync("/health/ready", Shop.Stop)).StatusCode == HttpStatusCode.OK, "it is ready");
    }
}
