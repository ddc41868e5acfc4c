using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Follows the state of creators' accounts at the gateway: what identity checks still want, and whether money can be
/// sent. Webhooks tell; what is not cleared is looked at from time to time as well.
/// </summary>
internal sealed class SyncPayoutAccount(Database database, StripeGateway gateway, Outbox outbox, TimeProvider clock)
{
    public const string Worker = "payments.accounts";

    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(5);

    public async Task<SyncResult> ByAccount(string account, CancellationToken stop) =>
        await gateway.Get($"/v1/accounts/{Uri.EscapeDataString(account)}", null, stop) switch
        {
            StripeOutcome.Done done => await database.InTransaction(tx => Apply(tx, done.Answer), stop),
            StripeOutcome.Refused refused => SyncResult.Ignored($"the gateway knows no such account: {refused.Code}"),
            _ => SyncResult.NotYet("the gateway could not be asked"),
        };

    public async Task<bool> Step(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var account = await database.QueryOne<string>(
            """
            select account_id from payments.payout_account
            where account_id is not null and transfers <> 'active' and check_at <= @now order by check_at limit 1
            """,
            new { now },
            stop);
        if (account is null || !gateway.IsConfigured)
        {
            return false;
        }

        await ByAccount(account, stop);
        await database.InTransaction(
            tx => tx.Execute(
                "update payments.payout_account set check_at = @Again where account_id = @account",
                new { account, Again = now + AgainAfter }),
            stop);
        return true;
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
              details_submitted = @Details, requirements = @Requirements, updated_at = @Now
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

    private sealed record Before(OrganisationId OrganisationId, string Transfers);
}
