using Tallystick.Hosting;

namespace Tallystick.Server.Access;

internal static class AccessProblems
{
    public static readonly ProblemType EpochFenced = new(
        "epoch-fenced", StatusCodes.Status409Conflict, "This epoch of the gate has ended.",
        "Hand in what is left of its usage and lease under the gate's newest epoch.");

    public static readonly ProblemType GateHeld = new(
        "gate-held", StatusCodes.Status409Conflict, "Another process with this secret holds the gate's epoch and is alive.",
        "Stop that one, or give this one a secret of its own; after 90 seconds of silence the epoch can be had.");
}
