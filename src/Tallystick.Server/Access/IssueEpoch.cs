using Tallystick.Core.Gates;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Access;

/// <summary>
/// <c>POST /gate/v1/epochs</c>: the number under which a gate's new log counts its events. A gate that lost an answer
/// asks again and gets a higher one: numbers may be skipped, never used twice.
/// </summary>
internal static class IssueEpoch
{
    public static async Task<IResult> Handle(GateCaller gate, Database database, CancellationToken stop)
    {
        var epoch = await database.InTransaction(
            tx => tx.QueryOne<long>(
                "update access.gate set last_epoch = last_epoch + 1 where id = @Gate returning last_epoch",
                new { gate.Gate }),
            stop);
        return Results.Ok(new EpochGrant(gate.Gate, epoch));
    }
}
