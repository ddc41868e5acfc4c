using System.Globalization;
using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Sees that an organisation has an account at the gateway. Each attempt has a key of its own, so that a refusal, which the gateway
/// and we keep under that key, ends when its cause may have: with another country, or after a while.
/// </summary>
internal sealed class OpenPayoutAccount(
    Database database, StripeGateway gateway, SetAsides setAsides, PaymentsOptions options, TimeProvider clock)
{
    /// <summary>1 Store that there is to be one, as which attempt. 2 Make it, under that attempt's key. 3 Keep what came of it.</summary>
    public async Task<Outcome<string>> Ensure(OrganisationId organisation, string country, CancellationToken stop)
    {
        // 1
        var row = await database.InTransaction(tx => Attempt(tx, organisation, country), stop);
        if (row.AccountId is { } there)
        {
            return there;
        }

        if (row.Refusal is { } stands)
        {
            return PaymentsProblems.CheckoutRefused.With(stands);
        }

        // 2
        var terms = AccountTerms.Of(options.PlatformCountry, row.Country);
        var made = await gateway.Post(
            Key(organisation, row, terms),
            "/v1/accounts",
            new StripeForm()
                .Add("type", "express")
                .Add("country", row.Country)
                .Add("capabilities[transfers][requested]", "true")
                .Add("capabilities[card_payments][requested]", terms.WithCards ? "true" : null)
                .Add("tos_acceptance[service_agreement]", terms.Agreement)
                .Add("metadata[tally_id]", organisation.ToString()),
            stop);

        // 3
        if (!Read(made).Succeeded(out var account, out var refusal))
        {
            if (made is StripeOutcome.Refused refused)
            {
                await Refuse(organisation, row, refused, stop);
            }

            return refusal;
        }

        await database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    update payments.payout_account set account_id = @Id, check_at = @Now
                    where organisation_id = @organisation and attempt = @Attempt
                    """,
                    new { account.Id, organisation, row.Attempt, Now = clock.GetUtcNow() });
                await setAsides.Resolve(tx, PaymentCases.Account, organisation.ToString(), "an account was opened");
            },
            stop);
        return account.Id;
    }

    /// <summary>The first attempt has the key that it always had; other terms are another request.</summary>
    private static string Key(OrganisationId organisation, Stored row, AccountTerms terms) => string.Join(
        '/',
        ((string?[])
        [
            $"account/{organisation}/{row.Country}",
            row.Attempt == 1 ? null : row.Attempt.ToString(CultureInfo.InvariantCulture),
            terms.WithCards ? "cards" : terms.Agreement,
        ]).OfType<string>());

    public static Outcome<StripeObject> Read(StripeOutcome outcome) => outcome switch
    {
        StripeOutcome.Done done => done.Answer,
        StripeOutcome.Refused refused => PaymentsProblems.CheckoutRefused.With(refused.Message),
        StripeOutcome.Unknown unknown => PaymentsProblems.ProviderUnknown.With(unknown.Why),
        _ => throw new InvalidOperationException("The gateway's outcomes are closed."),
    };

    private async Task<Stored> Attempt(Tx tx, OrganisationId organisation, string country)
    {
        var now = clock.GetUtcNow();
        await tx.Execute(
            """
            insert into payments.payout_account (organisation_id, country, updated_at, check_at, asked_at)
            values (@organisation, @country, @now, @now, @now) on conflict do nothing
            """,
            new { organisation, country, now });
        var row = (await tx.QueryOne<Stored>(
            """
            select country, account_id, transfers, attempt, coalesce(asked_at, updated_at) as asked_at, refused_at, refusal
            from payments.payout_account where organisation_id = @organisation for update
            """,
            new { organisation }))!;
        if (!Ends(row, country, now))
        {
            return row;
        }

        await tx.Execute(
            """
            insert into payments.past_payout_account (account_id, organisation_id, disconnected_at, replaced_at)
            select account_id, organisation_id, disconnected_at, @now from payments.payout_account
            where organisation_id = @organisation and account_id is not null;
            update payments.payout_account set country = @country, account_id = null, transfers = 'inactive', payouts_enabled = false,
              details_submitted = false, requirements = '{}', attempt = attempt + 1, asked_at = @now, refused_at = null,
              refusal = null, disconnected_at = null, updated_at = @now
            where organisation_id = @organisation
            """,
            new { organisation, country, now });
        return row with { Country = country, AccountId = null, Attempt = row.Attempt + 1, Refusal = null };
    }

    /// <summary>Whether what was tried before is over, so that this wish is another request.</summary>
    private bool Ends(Stored row, string country, DateTimeOffset now) => row switch
    {
        { AccountId: not null } => row.Transfers == SyncPayoutAccount.Disconnected,
        { RefusedAt: { } at } => row.Country != country || now - at >= TimeSpan.FromSeconds(options.AccountAgainSeconds),
        // Nobody can tell what became of it, and its key protects no more. An account that came of it after all stays empty.
        _ => PayoutDecision.WhenAbsent(row.AskedAt, now) == AbsentStep.NewAttempt,
    };

    /// <summary>A country that there is not is the payee's slip; about anything else the operator can do more than the payee.</summary>
    private Task Refuse(OrganisationId organisation, Stored row, StripeOutcome.Refused refused, CancellationToken stop) =>
        database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    update payments.payout_account set refused_at = @Now, refusal = left(@Message, 500)
                    where organisation_id = @organisation and attempt = @Attempt and account_id is null
                    """,
                    new { organisation, row.Attempt, refused.Message, Now = clock.GetUtcNow() });
                if (refused.Code != "country_unsupported")
                {
                    await setAsides.Put(tx, PaymentCases.Account, organisation.ToString(), refused.Message, new()
                    {
                        ["payee"] = organisation.ToString(),
                        ["country"] = row.Country,
                    });
                }
            },
            stop);

    private sealed record Stored(
        string Country, string? AccountId, string Transfers, int Attempt, DateTimeOffset AskedAt, DateTimeOffset? RefusedAt,
        string? Refusal);
}
