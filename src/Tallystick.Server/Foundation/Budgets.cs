using Tallystick.Core.Budgets;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Who has caused how much. In the memory of the process: a restart gives at most one more budget to everybody, and
/// counting in the database would cost more than most of what is counted.
/// </summary>
internal sealed class Budgets(BudgetOptions options, TimeProvider clock)
{
    private const int KeptMost = 50_000;
    private readonly BudgetStates<(BudgetKind Kind, string Subject)> _states = new(KeptMost);
    private readonly Lock _lock = new();

    /// <summary>Null when it was spent, else the refusal, and then nothing was.</summary>
    public Refusal? Spend(BudgetKind kind, string subject, long amount = 1)
    {
        var budget = Of(kind);
        lock (_lock)
        {
            return Refuse(kind, budget, _states.Spend((kind, subject), budget, amount, clock.GetUtcNow()));
        }
    }

    /// <summary>The same, without spending.</summary>
    public Refusal? Ask(BudgetKind kind, string subject, long amount)
    {
        var budget = Of(kind);
        lock (_lock)
        {
            return Refuse(kind, budget, _states.Ask((kind, subject), budget, amount, clock.GetUtcNow()));
        }
    }

    private static Refusal? Refuse(BudgetKind kind, Budget budget, Spending spending)
    {
        if (spending.Fits)
        {
            return null;
        }

        var name = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
        var members = new Dictionary<string, object?>
        {
            ["budget"] = name, ["most"] = budget.Most, ["period_seconds"] = (long)budget.Period.TotalSeconds,
        };
        if (spending.Wait is not { } wait)
        {
            return FoundationProblems.BudgetSpent.With($"This alone is more than the whole budget '{name}' of {budget.Most}.", members);
        }

        var seconds = (long)Math.Ceiling(wait.TotalSeconds);
        members[Refusal.RetryAfterSeconds] = seconds;
        return FoundationProblems.BudgetSpent.With(
            $"The budget '{name}' of {budget.Most} is spent; there is enough again in {seconds} s.", members);
    }

    private Budget Of(BudgetKind kind) => kind switch
    {
        BudgetKind.Checkouts => new(options.CheckoutsPerMinute, TimeSpan.FromMinutes(1)),
        BudgetKind.LogEntries => new(options.LogEntriesPerMinute, TimeSpan.FromMinutes(1)),
        BudgetKind.Publications => new(options.PublicationsPerMinute, TimeSpan.FromMinutes(1)),
        BudgetKind.UploadBytes => new(options.UploadBytesPerDay, TimeSpan.FromDays(1)),
        BudgetKind.Changes => new(options.ChangesPerMinute, TimeSpan.FromMinutes(1)),
        BudgetKind.AnonymousChanges => new(options.AnonymousChangesPerMinute, TimeSpan.FromMinutes(1)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No budget."),
    };
}
