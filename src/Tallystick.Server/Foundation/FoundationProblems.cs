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

    public static readonly ProblemType WrongHost = new(
        "wrong-host", StatusCodes.Status421MisdirectedRequest, "This server does not answer under that name.",
        "Use the server's public address; its operator adds further names under Tally:Server:AllowedHosts.");

    public static readonly ProblemType BudgetSpent = new(
        "budget-spent", StatusCodes.Status429TooManyRequests, "A budget of this organisation or address is spent.",
        "Wait for the seconds in Retry-After; 'budget' names which one, and the operator sets it under Tally:Budgets.");
}
