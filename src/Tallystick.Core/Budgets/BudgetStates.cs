namespace Tallystick.Core.Budgets;

/// <summary>
/// The states of many budgets in bounded memory. Two generations: what was not asked for while as many others as may be
/// kept were, is forgotten, and then counts as whole. So nobody's own budget is forgotten while it is being spent,
/// unless so many others are being spent at the same time. Not safe for several threads at once.
/// </summary>
/// <param name="most">How many are kept in a generation.</param>
public sealed class BudgetStates<TKey>(int most)
    where TKey : notnull
{
    private Dictionary<TKey, long> _young = [];
    private Dictionary<TKey, long> _old = [];

    /// <summary>How many are kept: at most twice a generation.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>Spends from the budget under a key.</summary>
    public Spending Spend(TKey key, Budget budget, long amount, DateTimeOffset now)
    {
        if (!_young.TryGetValue(key, out var wholeAt))
        {
            _old.Remove(key, out wholeAt);
            if (_young.Count >= most)
            {
                (_old, _young) = (_young, []);
            }
        }

        var spending = budget.Spend(wholeAt, amount, now);
        _young[key] = spending.WholeAt;
        return spending;
    }

    /// <summary>Whether an amount would fit, without spending it.</summary>
    public Spending Ask(TKey key, Budget budget, long amount, DateTimeOffset now) => budget.Spend(
        _young.TryGetValue(key, out var young) ? young : _old.GetValueOrDefault(key), amount, now);
}
