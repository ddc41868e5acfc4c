using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>
/// How much one buyer may begin to top up in a day, where the operator limits it. Those that nobody paid count while they can be
/// paid; those that ended without a payment do not.
/// </summary>
internal sealed class TopUpLimits(PaymentsOptions options, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>One at a time for a buyer. Null when it may be begun.</summary>
    public async Task<Refusal?> Refuse(Tx tx, OrganisationId buyer, Money amount)
    {
        if (options is { TopUpsPerDayMost: 0, TopUpMinorPerDayMost: 0 })
        {
            return null;
        }

        var now = clock.GetUtcNow();
        await tx.Take(Turn.TopUp, buyer);
        var begun = (await tx.QueryOne<Begun>(
            """
            select count(*)::int as count, coalesce(sum(gross) filter (where currency = @Currency), 0)::bigint as minor,
              min(created_at) as oldest
            from payments.checkout
            where buyer = @buyer and kind = 'top_up' and created_at > @Since and state in ('creating', 'open', 'paid')
            """,
            new { buyer, amount.Currency, Since = now - Window }))!;
        var limit = options.TopUpsPerDayMost > 0 && begun.Count >= options.TopUpsPerDayMost
            ? $"{options.TopUpsPerDayMost} top-ups"
            : options.TopUpMinorPerDayMost > 0 && begun.Minor + amount.Minor > options.TopUpMinorPerDayMost
                ? $"{new Money(options.TopUpMinorPerDayMost, amount.Currency)}"
                : null;
        return limit is null ? null : Problems.TooManyRequests.With(
            $"At most {limit} within 24 hours.",
            new Dictionary<string, object?>
            {
                [Refusal.RetryAfterSeconds] = Math.Max(1L, (long)((begun.Oldest ?? now) + Window - now).TotalSeconds),
            });
    }

    private sealed record Begun(int Count, long Minor, DateTimeOffset? Oldest);
}
