using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Which shares are still held back. What is held back of a run's shares is released together when its day has come; a share of
/// which a payment is contested is taken out before, and waits for the bank however long it takes.
/// </summary>
internal static class HeldShares
{
    /// <summary>SQL: what of share s of charge c is held until this day of the share was not released yet, whatever the date is.</summary>
    public static string IsHeld(string until) =>
        $"""
        exists (select from royalties.holdback h where h.run_id = c.run_id and h.payee = s.payee and h.currency = c.currency
          and h.release_at = {until} and h.released_in is null)
        """;

    /// <summary>
    /// Puts off what is due to these payees in this run and of which a payment is contested, until just after the run: each next
    /// one looks again. Of a top-up that is what its loss would reach: what is held of new payees, and whatever is held of those who
    /// deal with themselves.
    /// </summary>
    public static async Task PutOffContested(Tx tx, RunRow run, IReadOnlyList<Guid> payees)
    {
        var contested = await Disputes.Pending(tx);
        if (contested.Length == 0)
        {
            return;
        }

        var arguments = new
        {
            Payments = contested, Payees = payees.ToArray(), run.UpTo, Next = run.UpTo.AddMicroseconds(1),
        };
        await tx.Execute(PutOff("as_new_until", "held_as_new", "true"), arguments);
        await tx.Execute(PutOff("by_rule_until", "held_back - s.held_as_new", "c.buyer in (s.payee, c.creator)"), arguments);
    }

    private static string PutOff(string until, string minor, string isReached) =>
        $"""
        with contested as (
          select c.id as charge_id, c.run_id, s.payee, c.currency, s.{until} as due, s.{minor} as minor
          from (
            select id, true as is_sale from royalties.charge where purchase_id = any(@Payments)
            union
            select charge_id, false from royalties.funding where top_up_id = any(@Payments)) p
          join royalties.charge c on c.id = p.id join royalties.share s on s.charge_id = c.id
          where (p.is_sale or {isReached}) and s.payee = any(@Payees) and s.{until} <= @UpTo and {IsHeld($"s.{until}")}),
        moved as (
          update royalties.share s set {until} = @Next from contested c where s.charge_id = c.charge_id and s.payee = c.payee),
        less as (
          update royalties.holdback h set minor = h.minor - c.minor
          from (select run_id, payee, currency, due, sum(minor) as minor from contested group by run_id, payee, currency, due) c
          where h.run_id = c.run_id and h.payee = c.payee and h.currency = c.currency and h.release_at = c.due)
        insert into royalties.holdback (run_id, payee, currency, release_at, minor)
        select run_id, payee, currency, @Next, sum(minor) from contested group by run_id, payee, currency
        on conflict (run_id, payee, currency, release_at) do update set minor = holdback.minor + excluded.minor
        """;
}
