using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>Where a creator's money can be sent.</summary>
/// <param name="AccountId">The gateway's name for the account.</param>
/// <param name="CanReceive">Identity checks are done: transfers are allowed.</param>
internal sealed record PayoutAccountView(string AccountId, bool CanReceive);

internal sealed class PayoutAccounts(Database database)
{
    public Task<PayoutAccountView?> Find(OrganisationId organisation, CancellationToken stop) =>
        database.QueryOne<PayoutAccountView>(
            """
            select account_id, transfers = 'active' as can_receive from payments.payout_account
            where organisation_id = @organisation and account_id is not null
            """,
            new { organisation },
            stop);
}
