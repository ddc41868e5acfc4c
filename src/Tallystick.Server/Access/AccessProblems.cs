using Tallystick.Hosting;

namespace Tallystick.Server.Access;

internal static class AccessProblems
{
    public static readonly ProblemType EpochFenced = new(
        "epoch-fenced", StatusCodes.Status409Conflict, "This epoch of the gate has ended.",
        "Hand in what is left of its usage and lease under the gate's newest epoch.");
}
