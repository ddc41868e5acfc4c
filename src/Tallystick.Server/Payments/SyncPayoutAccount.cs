using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Follows the state of creators' accounts at the gateway: what identity checks still want, whether money can be sent, and
/// whether the owner has taken the account back. Webhooks tell, and every account is asked for from time to time as well.
/// </summary>
internal sealed class SyncPayoutAccount(
    Database database, StripeGateway gateway, Outbox outbox, IsolatedRows rows, TimeProvider clock)
{
    public const string Worker = "payments.accounts";

    /// <summary>Its owner has taken it back, or the gateway has none of that name: nothing can be sent, another may be opened.</summary>
    public const string Disconnected = "disconnected";

    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(5);

    /// <summary>What works, or was left, changes seldom; each question is one call.</summary>
    private static readonly TimeSpan SettledAgainAfter = TimeSpan.FromHours(6);

    public async Task<SyncResult> ByAccount(string account, CancellationToken stop)
    {
        var outcome = await gateway.Get($"/v1/accounts/{Uri.EscapeDataString(account)}", null, stop);
        return outcome switch
        {
            StripeOutcome.Done done => await database.InTransaction(tx => Apply(tx, done.Answer), stop),
            StripeOutcome.Refused refused when IsGone(refused) => await database.InTransaction(tx => Disconnect(tx, account), stop),
            _ => SyncResult.Unread(outcome, "account"),
        };
    }

    /// <summary>The gateway does not tell an account that was taken back from one that there never was: both are gone for us.</summary>
    private static bool IsGone(StripeOutcome.Refused refused) => refused.IsAbsent || refused.Code == "account_invalid";

    public async Task<bool> Step(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var due = await database.QueryOne<DueAccount>(
            """
            select account_id, transfers from payments.payout_account
            where account_id is not null and check_at <= @now order by check_at limit 1
            """,
            new { now },
            stop);
        if (due is null || !gateway.IsConfigured)
        {
            return false;
        }

        await database.InTransaction(
            tx => tx.Execute(
                "update payments.payout_account set check_at = @Again where account_id = @AccountId",
                new { due.AccountId, Again = now + (due.Transfers is "active" or Disconnected ? SettledAgainAfter : AgainAfter) }),
            stop);
        await rows.Try(
            $"account/{due.AccountId}", () => ByAccount(due.AccountId, stop), SyncResult.NotYet("working on it broke"), stop);
        return true;
    }

    /// <summary>Should it answer again one day, it is what the gateway says then.</summary>
    public async Task<SyncResult> Disconnect(Tx tx, string account)
    {
        var row = await tx.QueryOne<Before>(
            "select organisation_id, transfers from payments.payout_account where account_id = @account for update", new { account });
        if (row is null)
        {
            return SyncResult.Ignored("not an account of ours");
        }

        var now = clock.GetUtcNow();
        await tx.Execute(
            """
            update payments.payout_account set transfers = @Disconnected, payouts_enabled = false, updated_at = @now,
              disconnected_at = coalesce(disconnected_at, @now)
            where account_id = @account
            """,
            new { account, Disconnected, now });
        if (row.Transfers == "active")
        {
            await outbox.Publish(tx, new PayoutAccountUpdated(row.OrganisationId, CanReceive: false));
        }

        return SyncResult.Done($"transfers {row.Transfers} -> {Disconnected}");
    }

    private async Task<SyncResult> Apply(Tx tx, StripeObject account)
    {
        var row = await tx.QueryOne<Before>(
            "select organisation_id, transfers from payments.payout_account where account_id = @Id for update",
            new { account.Id });
        if (row is null)
        {
            return SyncResult.Ignored("not an account of ours");
        }

        var transfers = account.Object("capabilities")?.Text("transfers") ?? "inactive";
        await tx.Execute(
            """
            update payments.payout_account set transfers = @transfers, payouts_enabled = @Payouts,
              details_submitted = @Details, requirements = @Requirements, updated_at = @Now, disconnected_at = null
            where account_id = @Id
            """,
            new
            {
                account.Id,
                transfers,
                Payouts = account.Flag("payouts_enabled"),
                Details = account.Flag("details_submitted"),
                Requirements = Due(account),
                Now = clock.GetUtcNow(),
            });
        if ((row.Transfers == "active") == (transfers == "active"))
        {
            return SyncResult.Done($"transfers {transfers}");
        }

        await outbox.Publish(tx, new PayoutAccountUpdated(row.OrganisationId, transfers == "active"));
        return SyncResult.Done($"transfers {row.Transfers} -> {transfers}");
    }

    /// <summary>Names of what is wanted, never what was answered: identity stays at the gateway.</summary>
    private static JsonObject Due(StripeObject account)
    {
        var due = new JsonObject();
        foreach (var list in (string[])["currently_due", "eventually_due", "past_due", "pending_verification"])
        {
            due[list] = new JsonArray([.. (account.Object("requirements") ?? default).Items(list)
                .Select(i => (JsonNode?)i.Json.GetString())]);
        }

        due["disabled_reason"] = account.Object("requirements")?.Text("disabled_reason");
        return due;
    }

    private sealed record DueAccount(string AccountId, string Transfers);

    private sealed record Before(OrganisationId OrganisationId, string Transfers);
}
