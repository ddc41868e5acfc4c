using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

internal static class FoundationProblems
{
    public static readonly ProblemType SetAsideResolved = new(
        "set-aside-resolved", StatusCodes.Status409Conflict, "This was resolved already.",
        "Nothing is left to do; if it happens again, it is set aside again.");

    public static readonly ProblemType SetAsideActionUnknown = new(
        "set-aside-action-unknown", StatusCodes.Status404NotFound, "What was set aside has no such action.",
        "Choose one of those in 'actions'.");
}
