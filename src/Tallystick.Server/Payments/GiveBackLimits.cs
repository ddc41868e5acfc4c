using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>
/// How much one buyer may take back inside refund windows, and one creator by revocation, in 30 days. The gateway keeps its fee of
/// what goes back and the operator bears it: buying and giving back, again and again, would cost the operator without limit.
/// </summary>
internal sealed class GiveBackLimits(PaymentsOptions options, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromDays(30);

    /// <summary>Why it may not be given back now; null when it may. One at a time for whoever gives it back.</summary>
    public async Task<string?> Refuse(Tx tx, CheckoutRow row, GiveBack why, long minor)
    {
        var who = Who(row, why);
        var (countMost, minorMost) = why == GiveBack.Window
            ? (options.RefundsPerBuyerMost, options.RefundMinorPerBuyerMost)
            : (options.RevocationsPerCreatorMost, options.RevocationMinorPerCreatorMost);
        await tx.Take(Turn.GiveBack, who);
        // One that is asked for again, because the gateway refused it, is the same.
        var given = (await tx.QueryOne<Given>(
            """
            select count(*)::int as count, coalesce(sum(minor) filter (where currency = @Currency), 0)::bigint as minor
            from payments.given_back where organisation_id = @who and why = @Why and at > @Since and checkout_id <> @Id
            """,
            new { who, Why = Name(why), row.Currency, row.Id, Since = clock.GetUtcNow() - Window }))!;
        return countMost > 0 && given.Count >= countMost ? $"At most {countMost} purchases are given back within 30 days."
            : minorMost > 0 && given.Minor + minor > minorMost
                ? $"At most {new Money(minorMost, row.Currency)} are given back within 30 days; {new Money(given.Minor, row.Currency)} were."
                : null;
    }

    public Task Count(Tx tx, CheckoutRow row, GiveBack why, long minor) => tx.Execute(
        """
        insert into payments.given_back (checkout_id, organisation_id, why, minor, currency, at)
        values (@Id, @Who, @Why, @minor, @Currency, @Now)
        on conflict (checkout_id) do update set organisation_id = excluded.organisation_id, why = excluded.why,
          minor = excluded.minor, at = excluded.at
        """,
        new { row.Id, Who = Who(row, why), Why = Name(why), minor, row.Currency, Now = clock.GetUtcNow() });

    private static OrganisationId Who(CheckoutRow row, GiveBack why) => why == GiveBack.Window ? row.Buyer : row.Creator!.Value;

    private static string Name(GiveBack why) => why == GiveBack.Window ? "window" : "revocation";

    private sealed record Given(int Count, long Minor);
}
