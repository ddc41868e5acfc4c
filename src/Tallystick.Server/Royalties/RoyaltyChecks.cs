using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>What this module proves from its own tables: shares and fee make the charge; the carry is exact.</summary>
internal static class RoyaltyChecks
{
    public static readonly BookCheck SharesMakeTheCharge = new(
        "shares_and_fee_make_the_charge",
        (services, stop) => services.GetRequiredService<Database>().Query<string>(
            """
            select 'charge ' || c.id || ': gross ' || c.gross || ', fee ' || c.fee || ', shares ' || coalesce(sum(s.minor), 0)
            from royalties.charge c left join royalties.share s on s.charge_id = c.id
            group by c.id having c.gross <> c.fee + coalesce(sum(s.minor), 0) limit 100
            """,
            null,
            stop));

    public static readonly BookCheck ClosedRunsAreEarned = new(
        "closed_runs_charge_what_they_share",
        (services, stop) => services.GetRequiredService<Database>().Query<string>(
            """
            select 'run ' || r.id || ' ' || c.currency || ': charged ' || sum(c.gross) || ', fee ' || sum(c.fee)
            from royalties.run r join royalties.charge c on c.run_id = r.id
            where r.state = 'closed' group by r.id, c.currency
            having sum(c.gross) - sum(c.fee) <> coalesce((
              select sum(e.minor) from royalties.earning e where e.run_id = r.id and e.currency = c.currency), 0) limit 100
            """,
            null,
            stop));
}
