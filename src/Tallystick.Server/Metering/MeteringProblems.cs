using Tallystick.Hosting;

namespace Tallystick.Server.Metering;

internal static class MeteringProblems
{
    public static readonly ProblemType SequenceGap = new(
        "usage-sequence-gap", StatusCodes.Status409Conflict, "Usage is missing before this batch.",
        "Send the events after 'acknowledged_seq' first.");

    public static readonly ProblemType IdentityConflict = new(
        "usage-identity-conflict", StatusCodes.Status409Conflict, "An event came again with another content.",
        "The first content stands. Ask for a new epoch and send what is yours from 'seq' on under it: your log is a copy.");

    public static readonly ProblemType EpochEnded = new(
        "usage-epoch-ended", StatusCodes.Status409Conflict, "Nothing new is taken under this epoch.",
        "Send the events after 'acknowledged_seq' under the epoch that the gate went on under.");

    public static readonly ProblemType NotSealedYet = new(
        "usage-not-sealed", StatusCodes.Status409Conflict, "This usage is counted but not sealed yet.",
        "Ask again after the seconds in Retry-After: seals are made continuously.");

    public static readonly ProblemType LicenceUnknown = new(
        "usage-licence-unknown", StatusCodes.Status409Conflict, "This usage is of a licence that is not known here.",
        "Accept it once the licence is known (a backup may hold it), or void it.");

    public static readonly ProblemType UsageAbsurd = new(
        "usage-absurd", StatusCodes.Status409Conflict, "This is more usage than anything can be billed for.",
        "Void it: no gate of this installation delivered so much.");
}
