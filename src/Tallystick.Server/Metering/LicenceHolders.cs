using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Metering;

/// <summary>Remembers whose a licence is, so that usage is shown to its buyer and its creator and to nobody else.</summary>
internal sealed class LicenceHolders : IEventHandler<LicenceGranted>
{
    public static string Name => "metering.licence_holders";

    public Task Handle(Tx tx, LicenceGranted occurred, CancellationToken stop) => tx.Execute(
        """
        insert into metering.licence (licence_id, work_id, buyer, creator)
        values (@LicenceId, @WorkId, @Buyer, @Creator) on conflict do nothing
        """,
        occurred);
}
