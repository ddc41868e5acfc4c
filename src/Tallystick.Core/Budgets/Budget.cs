namespace Tallystick.Core.Budgets;

/// <summary>
/// So much of something in so much time, evenly: a token bucket. What was spent comes back steadily; all of it may be
/// spent at once. A fixed window was rejected: at its edge it lets twice as much pass.
/// </summary>
/// <param name="Most">Units that may be spent at once, and per period.</param>
/// <param name="Period">The time in which a budget that is wholly spent is whole again.</param>
public readonly record struct Budget(long Most, TimeSpan Period)
{
    /// <summary>Spends, or says when there will be enough.</summary>
    /// <param name="wholeAt">
    /// The state: when the budget is whole again, in ticks of UTC; a time that has passed means that it is whole.
    /// </param>
    /// <param name="amount">Not negative. More than <see cref="Most"/> never fits.</param>
    /// <param name="now">The current instant.</param>
    public Spending Spend(long wholeAt, long amount, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        ArgumentOutOfRangeException.ThrowIfLessThan(Most, 1);
        if (amount > Most)
        {
            return new(false, wholeAt, null);
        }

        // More than a period ahead is a clock that was set back: nobody waits for it to come round again.
        var whole = Math.Min(wholeAt, now.UtcTicks + Period.Ticks);
        // Rounded down, so that a whole budget always covers its own units one by one.
        var cost = (long)((Int128)amount * Period.Ticks / Most);
        var after = checked(Math.Max(whole, now.UtcTicks) + cost);
        var wait = after - now.UtcTicks - Period.Ticks;
        return wait <= 0
            ? new(true, after, TimeSpan.Zero)
            : new(false, whole, TimeSpan.FromTicks(wait));
    }
}

/// <summary>What an attempt to spend came to.</summary>
/// <param name="Fits">Whether it was spent.</param>
/// <param name="WholeAt">The state afterwards; when nothing was spent the same as before, unless the clock was set back.</param>
/// <param name="Wait">How long until it would fit; null when it never does.</param>
public readonly record struct Spending(bool Fits, long WholeAt, TimeSpan? Wait);
