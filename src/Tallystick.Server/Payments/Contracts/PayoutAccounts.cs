using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments.Contracts;

/// <summary>Where a creator's money can be sent.</summary>
/// <param name="AccountId">The gateway's name for the account.</param>
/// <param name="CanReceive">Identity checks are done: transfers are allowed.</param>
internal sealed record PayoutAccountView(string AccountId, bool CanReceive);

internal sealed class PayoutAccounts(Database database, SyncPayoutAccount sync)
{
    public Task<PayoutAccountView?> Find(OrganisationId organisation, CancellationToken stop) =>
        database.QueryOne<PayoutAccountView>(
            """
            select account_id, transfers = 'active' as can_receive from payments.payout_account
            where organisation_id = @organisation and account_id is not null
            """,
            new { organisation },
            stop);

    /// <summary>Whether what is sent to an organisation arrives, as a transaction sees it.</summary>
    public static Task<bool> CanReceive(Tx tx, OrganisationId organisation) => tx.QueryOne<bool>(
        """
        select exists (
          select 1 from payments.payout_account
          where organisation_id = @organisation and account_id is not null and transfers = 'active')
        """,
        new { organisation });

    /// <summary>
    /// Asks the gateway about an account now: whoever sent to it was told that it does not receive. False when it could not be asked.
    /// </summary>
    public async Task<bool> Ask(string accountId, CancellationToken stop) => (await sync.ByAccount(accountId, stop)).IsFinal;
}
