using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>What this module proves from its own tables: shares and fee make the charge; nobody lacks a unit.</summary>
internal static class RoyaltyChecks
{
    public static readonly BookCheck SharesMakeTheCharge = new(
        "shares_and_fee_make_the_charge",
        (services, stop) => services.GetRequiredService<Database>().Query<string>(
            """
            select 'charge ' || c.id || ': gross ' || c.gross || ', fee ' || c.fee || ', rounding ' || c.rounding ||
              ', shares ' || coalesce(sum(s.minor), 0)
            from royalties.charge c left join royalties.share s on s.charge_id = c.id
            group by c.id having c.gross <> c.fee + c.rounding + coalesce(sum(s.minor), 0) limit 100
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
            having sum(c.gross) - sum(c.fee) - sum(c.rounding) <> coalesce((
              select sum(e.minor) from royalties.earning e where e.run_id = r.id and e.currency = c.currency), 0) limit 100
            """,
            null,
            stop));

    /// <summary>On two paths: what is kept as a remainder, and what all charges since say that it must be.</summary>
    public static readonly BookCheck PartsAreWithinAUnit = new(
        "parts_are_within_a_unit_of_the_exact_share",
        (services, stop) => services.GetRequiredService<Database>().Query<string>(
            """
            with part (participant, currency, lacks) as (
              select s.payee, c.currency,
                c.gross::numeric * (10000 - c.fee_basis_points) * s.weight - s.minor * 100000000000000000000
              from royalties.charge c join royalties.share s on s.charge_id = c.id
              where c.fee_basis_points is not null and s.weight is not null
              union all
              select '00000000-0000-0000-0000-000000000000'::uuid, c.currency,
                c.gross::numeric * c.fee_basis_points * 10000000000000000 - c.fee * 100000000000000000000
              from royalties.charge c where c.fee_basis_points is not null),
            found as (select participant, currency, sum(lacks) as lacks from part group by 1, 2)
            select coalesce(f.participant, r.participant) || ' ' || coalesce(f.currency, r.currency) || ': lacks ' ||
              coalesce(f.lacks, 0) || ' of 10^20, ' || coalesce(r.numerator, 0) || ' is kept'
            from found f full join royalties.remainder r on r.participant = f.participant and r.currency = f.currency
            where coalesce(f.lacks, 0) <> coalesce(r.numerator, 0) or abs(f.lacks) >= 100000000000000000000 limit 100
            """,
            null,
            stop));

    /// <summary>The journal's rounding account is what all remainders come to.</summary>
    public static readonly BookCheck RoundingIsTheRemainders = new(
        "rounding_is_the_sum_of_remainders",
        async (services, stop) =>
        {
            var sums = await services.GetRequiredService<Database>().Query<Rounded>(
                """
                select currency, trunc(sum(numerator) / 100000000000000000000)::bigint as minor,
                  mod(sum(numerator), 100000000000000000000) <> 0 as is_broken
                from royalties.remainder group by currency
                """,
                null,
                stop);
            var (books, wrong) = (services.GetRequiredService<Books>(), new List<string>());
            foreach (var sum in sums)
            {
                var kept = -(await books.Balance(LedgerAccount.Of(AccountKind.RoundingCarry, sum.Currency), stop)).Minor;
                if (kept != sum.Minor || sum.IsBroken)
                {
                    wrong.Add($"{sum.Currency}: the remainders come to {sum.Minor}, the rounding account holds {kept}");
                }
            }

            return wrong;
        });

    private sealed record Rounded(Currency Currency, long Minor, bool IsBroken);
}
