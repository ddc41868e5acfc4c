namespace Tallystick.Bench;

/// <summary>One measured figure.</summary>
/// <param name="Name">Stable name: scripts compare runs by it.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Unit">Unit of <paramref name="Value"/>, such as <c>events/s</c>, <c>ns</c> or <c>x baseline</c>.</param>
/// <param name="Baseline">What it is compared with, measured in the same run; null for an absolute figure.</param>
/// <param name="Ratio">Ours to the baseline, above 1 is better for us; null for an absolute figure.</param>
/// <param name="Conditions">Connections, sizes, fsync, data volume: whatever the figure depends on.</param>
internal sealed record BenchResult(
    string Name, double Value, string Unit, string? Baseline, double? Ratio, string Conditions);

/// <summary>A group of figures that are measured together.</summary>
/// <param name="Names">What it measures; a filter is compared with these.</param>
/// <param name="Run">Measures; progress goes to the writer.</param>
internal sealed record BenchSuite(
    IReadOnlyList<string> Names, Func<TextWriter, CancellationToken, Task<IReadOnlyList<BenchResult>>> Run);
