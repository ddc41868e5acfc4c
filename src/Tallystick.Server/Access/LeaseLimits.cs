using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Usage;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// For how long and how much a gate is granted. Whoever has come to speak for a gate, rightly or not, can promise itself the
/// money of every wallet: so what one gate is granted in an hour has an end, and reaching it is told to the operator.
/// </summary>
internal sealed class LeaseLimits(AccessOptions options, SetAsides cases, TimeProvider clock)
{
    public DateTimeOffset Now => clock.GetUtcNow();

    public DateTimeOffset Expires(DateTimeOffset now) => now + options.LeaseFor;

    /// <summary>Units that one gate may hold undelivered under a licence.</summary>
    public long StepMost(Meter meter) => meter == Meter.BytesDelivered ? options.LeaseBytesMost : options.LeaseUsesMost;

    /// <summary>Why nothing more is granted to the gate in this hour; null while it is. The one lease that reaches the end may pass it.</summary>
    public async Task<Refusal?> Reached(Tx tx, GateId gate, Currency currency, DateTimeOffset now)
    {
        var hour = HourOf(now);
        var granted = await tx.QueryOne<long?>(
            "select minor from access.granted where gate = @gate and currency = @currency and hour = @hour",
            new { gate, currency, hour }) ?? 0;
        if (granted < options.GrantedPerHourMost)
        {
            return null;
        }

        var name = await tx.QueryOne<string>("select name from access.gate where id = @gate", new { gate });
        await cases.Put(tx, GateCases.GrantedMost, name!, $"It was granted {granted} {currency.Code} (minor units) in this hour.");
        return AccessProblems.GrantedMost.With(
            "What this gate may be granted in an hour is granted.",
            new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = (long)Math.Ceiling((hour.AddHours(1) - now).TotalSeconds) });
    }

    /// <summary>Notes minor units that were granted. Last in its transaction: all leases of the gate meet in this row.</summary>
    public static Task Took(Tx tx, GateId gate, long minor, Currency currency, DateTimeOffset now) => tx.Execute(
        """
        insert into access.granted (gate, currency, hour, minor) values (@gate, @currency, @hour, @minor)
        on conflict (gate, currency) do update set
          minor = case when granted.hour = excluded.hour then granted.minor else 0 end + excluded.minor, hour = excluded.hour
        """,
        new { gate, currency, minor, hour = HourOf(now) });

    /// <summary>
    /// Notes what a gate gave back of it, in whichever hour it was granted: only what it keeps or reports counts. Else one buyer who
    /// uses a byte now and then, and lets the rest go back each time, would use the hour up for all others.
    /// </summary>
    public static Task GaveBack(Tx tx, GateId gate, long minor, Currency currency, DateTimeOffset now) => tx.Execute(
        """
        update access.granted set minor = greatest(0, minor - @minor)
        where gate = @gate and currency = @currency and hour = @hour
        """,
        new { gate, currency, minor, hour = HourOf(now) });

    private static DateTimeOffset HourOf(DateTimeOffset now) =>
        new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}
