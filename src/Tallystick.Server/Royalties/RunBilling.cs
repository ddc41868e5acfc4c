using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// Drives the open run, one bounded transaction a step:
/// open → collecting (what was owed) → charging (usage) → settling (carries that end) → sharing (purchases) → statements →
/// payouts → closed. Every step leaves a state from which the next one goes on, so a run can be killed anywhere and started
/// again; a row that fails is left out, so that no row can hold up a run.
/// </summary>
internal sealed partial class RunBilling(
    Database database, GatewayFreshness freshness, IEnumerable<IRunStep> steps, LeftOut leftOut, ILogger<RunBilling> log)
{
    public const string Worker = "royalties.billing";

    /// <summary>Rows at once: large enough that the round trips do not count, small enough to be lost without regret.</summary>
    private const int RowsMost = 1_000;

    private readonly Dictionary<string, IRunStep> _steps = steps.ToDictionary(s => s.State, StringComparer.Ordinal);
    private int _rows = RowsMost;

    public async Task<bool> Step(CancellationToken stop)
    {
        var run = await database.QueryOne<RunRow>(
            $"select {RunRow.Columns} from royalties.run where state <> 'closed'", null, stop);
        if (run is null)
        {
            return false;
        }

        // A state of another version is no reason to pay out: the run waits for a server that knows it.
        if (!_steps.TryGetValue(run.State, out var step))
        {
            LogUnknown(run.Id, run.State);
            await Wait(run, $"The state '{run.State}' is not known to this version of the server.", stop);
            return false;
        }

        // Not before the gateway was asked what it had made by then: a dispute that no webhook told of is not shared.
        if (run.State == CountUsage.First && await freshness.WaitsFor(run.OpenedAt, stop) is { } behind)
        {
            await Wait(run, behind, stop);
            return false;
        }

        try
        {
            await step.Step(run, _rows, stop);
            _rows = Math.Min(RowsMost, _rows * 2);
        }
        catch (Exception failure) when (LeftOut.IsOfARow(failure))
        {
            LogFailed(failure, run.Id, run.State, _rows);
            if (_rows == 1 && !await leftOut.Next(run, step, failure, stop))
            {
                throw;
            }

            _rows = Math.Max(1, _rows / 8);
        }

        return true;
    }

    private Task Wait(RunRow run, string what, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            "update royalties.run set waiting = @what where id = @Id and waiting is distinct from @what", new { run.Id, what }),
        stop);

    [LoggerMessage(3002, LogLevel.Error, "Billing run {Run} failed while {State}, with up to {Rows} rows at once.")]
    private partial void LogFailed(Exception failure, BillingRunId run, string state, int rows);

    [LoggerMessage(3003, LogLevel.Error, "Billing run {Run} is in the state {State}, which this version does not know.")]
    private partial void LogUnknown(BillingRunId run, string state);
}
