using Tallystick.Hosting;

namespace Tallystick.Server.Transparency;

/// <summary>What the log refuses in ways of its own.</summary>
internal static class TransparencyProblems
{
    public static readonly ProblemType ReceiptPending = new(
        "receipt-pending", StatusCodes.Status503ServiceUnavailable, "The receipt is stored but not yet published.",
        "Ask again after the seconds in Retry-After; the log publishes several times a second.");

    public static readonly ProblemType ReceiptErased = new(
        "receipt-erased", StatusCodes.Status410Gone, "The opening of this receipt was erased.",
        "Nothing can be done: the log still proves that an entry exists, but not what it said.");
}
