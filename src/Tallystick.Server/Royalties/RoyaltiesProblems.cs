using Tallystick.Hosting;

namespace Tallystick.Server.Royalties;

internal static class RoyaltiesProblems
{
    public static readonly ProblemType RunOpen = new(
        "billing-run-open", StatusCodes.Status409Conflict, "Another billing run is not closed yet.",
        "Wait until it is closed, then open the next.");

    public static readonly ProblemType PayeeNotAgreed = new(
        "payee-not-agreed", StatusCodes.Status409Conflict, "Somebody named by this rule has not agreed to be.",
        "They are invited now. Send the rule again once they have accepted; 'payees' says how each stands.");

    public static readonly ProblemType NothingPayable = new(
        "nothing-payable", StatusCodes.Status409Conflict, "There is nothing to pay out.",
        "Look at what is payable, held back and owed; ask again when something was earned or released.");

    public static readonly ProblemType PayoutAccountNotReady = new(
        "payout-account-not-ready", StatusCodes.Status409Conflict, "There is no payout account that can receive money.",
        "Open a payout account, or finish what the payment provider asks for, and ask again.");
}
