using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>A row at which a step failed.</summary>
/// <param name="Kind">As what the operator sees it.</param>
internal sealed record FailedRow(string Kind, string Subject);

/// <summary>One state of a billing run: what is done in it, some rows a transaction, until the run moves on.</summary>
internal interface IRunStep
{
    /// <summary>The state of the run.</summary>
    string State { get; }

    /// <summary>Does some, and remembers how far it came; moves the run on when there is nothing left.</summary>
    /// <param name="most">Rows at most. When it fails, the next try gets fewer, down to one.</param>
    Task Step(RunRow run, int most, CancellationToken stop);

    /// <summary>Takes the next row out of the way, so that the step goes on after it; null when it was no row that failed.</summary>
    Task<FailedRow?> LeaveOut(Tx tx, RunRow run);
}
