using Tallystick.Core.Usage;
using Tallystick.Server.Foundation;
using Tallystick.Server.Metering.Contracts;

namespace Tallystick.Server.Access;

/// <summary>
/// Two gates were leased a use each for what was one: the second is nobody's need any more, neither of the wallet nor of the
/// licence's limit. The gates' own totals stay as they are: each did deliver under its lease.
/// </summary>
internal sealed class GiveBackRepeats : IEventHandler<UsesRepeated>
{
    public static string Name => "access.give_back_repeats";

    public Task Handle(Tx tx, UsesRepeated occurred, CancellationToken stop) => tx.Execute(
        """
        update access.credit set granted_total = greatest(granted_total - @Uses, billed_total, 0)
        where licence_id = @LicenceId and meter = @Meter
        """,
        new { occurred.LicenceId, occurred.Uses, Meter = (short)Meter.SegmentUnlocked });
}
