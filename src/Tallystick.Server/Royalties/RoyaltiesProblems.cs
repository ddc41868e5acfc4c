using Tallystick.Hosting;

namespace Tallystick.Server.Royalties;

internal static class RoyaltiesProblems
{
    public static readonly ProblemType RunOpen = new(
        "billing-run-open", StatusCodes.Status409Conflict, "Another billing run is not closed yet.",
        "Wait until it is closed, then open the next.");
}
