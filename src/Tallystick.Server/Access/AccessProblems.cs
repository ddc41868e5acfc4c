using Tallystick.Hosting;

namespace Tallystick.Server.Access;

internal static class AccessProblems
{
    public static readonly ProblemType EpochFenced = new(
        "epoch-fenced", StatusCodes.Status409Conflict, "This epoch of the gate has ended.",
        "Ask for an epoch, naming the one that ended, and go on under its number with what is not acknowledged.");

    public static readonly ProblemType EpochTokenWrong = new(
        "epoch-token-wrong", StatusCodes.Status409Conflict, "The token that was shown is not the one of this epoch.",
        "Show the token that came with the epoch. If it is lost, ask for an epoch, naming the one that it was for.");

    public static readonly ProblemType GateHeld = new(
        "gate-held", StatusCodes.Status409Conflict, "Another process with this secret holds the gate's epoch and is alive.",
        "Stop that one, or give this one a secret of its own; after 90 seconds of silence the epoch can be had.");

    public static readonly ProblemType GrantedMost = new(
        "gate-granted-most", StatusCodes.Status429TooManyRequests, "This gate was granted as much as it may be in an hour.",
        "Wait for the seconds in Retry-After; the operator was told, and can raise Access:GrantedPerHourMost.");
}
