namespace Tallystick.LedgerSimulator.Engine;

/// <summary>
/// What entry into the open ledger costs (rippled's TxQ::FeeMetrics, standalone settings): 256 levels are the base
/// fee; beyond the expected number of transactions the price rises with the square of the fill.
/// </summary>
internal sealed class FeeMarket
{
    public const long BaseLevel = 256;
    private const long MultiplierMin = BaseLevel * 500;
    private const int LedgersRemembered = 20;
    private const int Target = 1000;

    private readonly Queue<long> _recent = new();
    private long _multiplier = MultiplierMin;

    /// <summary>Transactions that fit into a ledger at the base fee.</summary>
    public long Expected { get; private set; } = Target;

    public long MedianLevel => _multiplier;

    /// <summary>Places in the queue: twenty ledgers' worth, at least 2000.</summary>
    public int QueueSizeMax => (int)Math.Clamp(Expected * LedgersRemembered, 2000, 1_000_000);

    /// <summary>The level a transaction must pay to enter an open ledger that holds so many already.</summary>
    public long LevelFor(int transactions) => transactions <= Expected
        ? BaseLevel
        : (long)((Int128)_multiplier * transactions * transactions / ((Int128)Expected * Expected));

    /// <summary>The level that a transaction pays.</summary>
    public static long LevelOf(Tx tx) => (long)((Int128)tx.Fee * BaseLevel / Transactor.FeeDue(tx));

    /// <summary>Drops for a plain transaction at a level, rounded up.</summary>
    public static long Drops(long level) => (long)((Int128)(level - 1) * NetworkRules.BaseFee / BaseLevel) + 1;

    /// <summary>Learns from a closed ledger.</summary>
    public void Learn(List<long> levels)
    {
        levels.Sort();
        if (levels.Count > Expected || levels.Count > Target)
        {
            _recent.Enqueue(levels.Count * 120L / 100);
            if (_recent.Count > LedgersRemembered) _recent.Dequeue();
            var most = _recent.Max();
            // Grows at once, shrinks by a tenth of the difference.
            Expected = most >= Expected ? most : (Expected * 9 + most) / 10;
        }
        _multiplier = levels.Count == 0
            ? MultiplierMin
            : Math.Max(MultiplierMin, (levels[levels.Count / 2] + levels[(levels.Count - 1) / 2] + 1) / 2);
    }
}
