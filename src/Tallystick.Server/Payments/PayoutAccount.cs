using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// A creator's account at the gateway. The gateway asks for identity and bank on its own pages; we hold the state of
/// that and nothing of what was answered.
/// </summary>
internal sealed class PayoutAccount(
    Database database, StripeGateway gateway, OpenPayoutAccount newAccounts, SyncPayoutAccount sync, FoundationOptions server,
    IdSource ids)
{
    public static void Map(WebApplication app)
    {
        app.MapPost("/v1/payout-account", async (
            Request body, PayoutAccount slice, Caller caller, CancellationToken stop) =>
            (await slice.Open(body, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.PaymentsWrite)
            .Spends(BudgetKind.Checkouts)
            .WithName("OpenPayoutAccount")
            .WithSummary("Opens the caller's payout account if there is none, and a link to complete it at the gateway.")
            .Produces<Link>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        app.MapGet("/v1/payout-account", async (PayoutAccount slice, Caller caller, CancellationToken stop) =>
            (await slice.Show(caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.PaymentsRead)
            .WithName("ShowPayoutAccount")
            .WithSummary("State of the caller's payout account and what the gateway still wants to know.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>1 Check what is wished. 2 See that there is an account. 3 Make a link to the gateway's pages for it.</summary>
    public async Task<Outcome<Link>> Open(Request body, Caller caller, CancellationToken stop)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (body.Country is not { Length: 2 } || !body.Country.All(char.IsAsciiLetterUpper))
        {
            errors["country"] = ["two capital letters, ISO 3166-1."];
        }

        var back = PaymentInput.Url("return_url", body.ReturnUrl, "/payouts", server, errors);
        var refresh = PaymentInput.Url("refresh_url", body.RefreshUrl, "/payouts", server, errors);
        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        if (!gateway.IsConfigured)
        {
            return PaymentsProblems.NoProvider.With("No key of a payment provider is set.");
        }

        var opened = await Complete(body.Country, refresh, back, caller, stop);
        return opened.Refusal is not null && await IsDisconnected(caller.Organisation, stop)
            // The owner had taken it back and nobody had told us: another one is opened now.
            ? await Complete(body.Country, refresh, back, caller, stop)
            : opened;
    }

    private async Task<Outcome<Link>> Complete(
        string country, string refresh, string back, Caller caller, CancellationToken stop)
    {
        var account = await newAccounts.Ensure(caller.Organisation, country, stop);
        if (!account.Succeeded(out var id, out var refusal))
        {
            return refusal;
        }

        var link = await gateway.Post(
            // Links are good once: every wish for one is a new request.
            $"account-link/{ids.New<RequestId>()}",
            "/v1/account_links",
            new StripeForm().Add("account", id).Add("type", "account_onboarding")
                .Add("refresh_url", refresh).Add("return_url", back),
            stop);
        if (link is StripeOutcome.Refused)
        {
            // The account says itself whether it is still ours.
            await sync.ByAccount(id, stop);
        }

        return OpenPayoutAccount.Read(link).Succeeded(out var answer, out refusal)
            ? new Link(answer.Text("url") ?? "", answer.Time("expires_at"))
            : refusal;
    }

    public async Task<Outcome<View>> Show(Caller caller, CancellationToken stop)
    {
        const string sql =
            """
            select country, account_id, transfers, payouts_enabled, details_submitted, requirements, updated_at
            from payments.payout_account
            where organisation_id = @Organisation and (account_id is not null or refused_at is null)
            """;
        var row = await database.QueryOne<View>(sql, caller, stop);
        if (row is { AccountId: { } account, Transfers: not ("active" or SyncPayoutAccount.Disconnected) } && gateway.IsConfigured)
        {
            // Whoever looks has perhaps just come back from the gateway's pages.
            await sync.ByAccount(account, stop);
            row = await database.QueryOne<View>(sql, caller, stop);
        }

        return row is not null ? row : Problems.NotFound.With("There is no payout account yet: open one.");
    }

    private Task<bool> IsDisconnected(OrganisationId organisation, CancellationToken stop) => database.QueryOne<bool>(
        """
        select exists (select 1 from payments.payout_account
          where organisation_id = @organisation and transfers = @Disconnected)
        """,
        new { organisation, SyncPayoutAccount.Disconnected },
        stop);

    internal sealed record Request(string Country, string? ReturnUrl = null, string? RefreshUrl = null);

    internal sealed record Link(string OnboardingUrl, DateTimeOffset ExpiresAt);

    /// <param name="Transfers">
    /// inactive, pending, active, or disconnected: payouts are blocked until it is active. Of a disconnected account its owner has
    /// taken the access back; opening one again makes a new one.
    /// </param>
    internal sealed record View(
        string Country, string? AccountId, string Transfers, bool PayoutsEnabled, bool DetailsSubmitted,
        JsonNode Requirements, DateTimeOffset UpdatedAt);
}
