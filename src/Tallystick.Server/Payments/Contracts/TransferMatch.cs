using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>The gateway moved money for a transfer: sent it, or took it back.</summary>
/// <param name="Id">Of the balance transaction.</param>
/// <param name="Group">The transfer's group; null of a reversal.</param>
/// <param name="Net">By which our balance changed: less than nothing when it was sent.</param>
internal sealed record TransferMovement(
    string Id, string TransferId, string? Group, bool IsReversal, Money Net, bool Available, DateTimeOffset At);

/// <summary>
/// Whoever sends transfers registers one: it posts what the movement means, in the transaction that ticks it off, or says that
/// its own books hold it already. Null when it knows no such transfer.
/// </summary>
internal sealed record TransferMatch(Func<IServiceProvider, Tx, TransferMovement, Task<MovementResult?>> Match);

/// <summary>What became of a movement.</summary>
/// <param name="IsBooked">Our books hold it.</param>
/// <param name="IsFinal">Nothing that is on its way can change that.</param>
/// <param name="Text">For the operator.</param>
internal sealed record MovementResult(bool IsBooked, bool IsFinal, string Text)
{
    public static MovementResult Booked { get; } = new(true, true, "booked");

    /// <summary>It will be, or somebody must say what it is: looked at again, for some hours.</summary>
    public static MovementResult NotYet(string why) => new(false, false, why);

    public static MovementResult Unmatched(string why) => new(false, true, why);
}
