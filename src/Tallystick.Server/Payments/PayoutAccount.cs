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
    Database database, StripeGateway gateway, SyncPayoutAccount sync, FoundationOptions server, IdSource ids,
    TimeProvider clock)
{
    public static void Map(WebApplication app)
    {
        app.MapPost("/v1/payout-account", async (
            Request body, PayoutAccount slice, Caller caller, CancellationToken stop) =>
            (await slice.Open(body, caller, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.PaymentsWrite)
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

    /// <summary>1 Store that there is to be one. 2 Make it, under a key of the organisation's. 3 Make a link to its pages.</summary>
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

        var account = await Ensure(caller.Organisation, body.Country, stop);
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
        return Read(link).Succeeded(out var answer, out refusal)
            ? new Link(answer.Text("url") ?? "", answer.Time("expires_at"))
            : refusal;
    }

    public async Task<Outcome<View>> Show(Caller caller, CancellationToken stop)
    {
        const string sql =
            """
            select country, account_id, transfers, payouts_enabled, details_submitted, requirements, updated_at
            from payments.payout_account where organisation_id = @Organisation
            """;
        var row = await database.QueryOne<View>(sql, caller, stop);
        if (row is { AccountId: { } account, Transfers: not "active" } && gateway.IsConfigured)
        {
            // Whoever looks has perhaps just come back from the gateway's pages.
            await sync.ByAccount(account, stop);
            row = await database.QueryOne<View>(sql, caller, stop);
        }

        return row is not null ? row : Problems.NotFound.With("There is no payout account yet: open one.");
    }

    private async Task<Outcome<string>> Ensure(OrganisationId organisation, string country, CancellationToken stop)
    {
        var row = (await database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    insert into payments.payout_account (organisation_id, country, updated_at, check_at)
                    values (@organisation, @country, @Now, @Now) on conflict do nothing
                    """,
                    new { organisation, country, Now = clock.GetUtcNow() });
                return await tx.QueryOne<Stored>(
                    "select country, account_id from payments.payout_account where organisation_id = @organisation",
                    new { organisation });
            },
            stop))!;
        if (row.AccountId is { } there)
        {
            return there;
        }

        var made = await gateway.Post(
            $"account/{organisation}/{row.Country}",
            "/v1/accounts",
            new StripeForm()
                .Add("type", "express")
                .Add("country", row.Country)
                .Add("capabilities[transfers][requested]", "true")
                .Add("metadata[tally_id]", organisation.ToString()),
            stop);
        if (!Read(made).Succeeded(out var account, out var refusal))
        {
            if (made is StripeOutcome.Refused)
            {
                // A country that is refused must not stay: another may be chosen.
                await database.InTransaction(
                    tx => tx.Execute(
                        "delete from payments.payout_account where organisation_id = @organisation and account_id is null",
                        new { organisation }),
                    stop);
            }

            return refusal;
        }

        await database.InTransaction(
            tx => tx.Execute(
                "update payments.payout_account set account_id = @Id where organisation_id = @organisation",
                new { account.Id, organisation }),
            stop);
        return account.Id;
    }

    private static Outcome<StripeObject> Read(StripeOutcome outcome) => outcome switch
    {
        StripeOutcome.Done done => done.Answer,
        StripeOutcome.Refused refused => PaymentsProblems.CheckoutRefused.With(refused.Message),
        StripeOutcome.Unknown unknown => PaymentsProblems.ProviderUnknown.With(unknown.Why),
        _ => throw new InvalidOperationException("The gateway's outcomes are closed."),
    };

    internal sealed record Request(string Country, string? ReturnUrl = null, string? RefreshUrl = null);

    internal sealed record Link(string OnboardingUrl, DateTimeOffset ExpiresAt);

    /// <param name="Transfers">inactive, pending or active: payouts are blocked until it is active.</param>
    internal sealed record View(
        string Country, string? AccountId, string Transfers, bool PayoutsEnabled, bool DetailsSubmitted,
        JsonNode Requirements, DateTimeOffset UpdatedAt);

    private sealed record Stored(string Country, string? AccountId);
}
