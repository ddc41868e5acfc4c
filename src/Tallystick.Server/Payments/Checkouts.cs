using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Accounts.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>A checkout as it is stored: a purchase or a top-up.</summary>
internal sealed record CheckoutRow(
    Guid Id, string Kind, OrganisationId Buyer, byte[] RequestSha256, OfferId? OfferId, WorkId? WorkId,
    OrganisationId? Creator, string Title, long Gross, Currency Currency, int RefundDays, string SuccessUrl,
    string CancelUrl, string State, DateTimeOffset CreatedAt, string? SessionId, string? CheckoutUrl,
    string? PaymentIntent, DateTimeOffset? PaidAt, DateTimeOffset? RefundUntil, DateTimeOffset? RefundRequestedAt,
    long Refunded, long Disputed, long Lost, BillingRunId? SharedIn, long? RefundAmount)
{
    public const string Columns =
        """
        id, kind, buyer, request_sha256, offer_id, work_id, creator, title, gross, currency, refund_days, success_url,
        cancel_url, state, created_at, session_id, checkout_url, payment_intent, paid_at, refund_until,
        refund_requested_at, refunded, disputed, lost, shared_in, refund_amount
        """;

    public bool IsPurchase => Kind == "purchase";

    /// <summary>Our name for it at the gateway, in metadata and keys.</summary>
    public string Name => IsPurchase ? new PurchaseId(Id).ToString() : new TopUpId(Id).ToString();

    /// <summary>Name of the refund that was asked for: each wish is another one. Null without a wish.</summary>
    public string? RefundName => RefundRequestedAt is { } at ? $"{Name}/{at.ToUnixTimeMilliseconds()}" : null;

    /// <summary>Whether a refund of this name is the one that was asked for.</summary>
    public bool Wished(string? name) => name is not null && name == RefundName;

    public Money Price => new(Gross, Currency);
}

/// <summary>What somebody wants to pay.</summary>
internal sealed record WantedCheckout(
    Guid Id, string Kind, OrganisationId Buyer, string IdempotencyKey, OfferId? OfferId, WorkId? WorkId,
    OrganisationId? Creator, string Title, Money Gross, int RefundDays, string SuccessUrl, string CancelUrl)
{
    /// <summary>What must be the same when the key is the same.</summary>
    public byte[] Hash => SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Kind, OfferId, Gross, SuccessUrl, CancelUrl)));
}

/// <summary>Opens checkouts at the gateway, each under an idempotency key of the caller's and one of ours.</summary>
internal sealed class Checkouts(Database database, StripeGateway gateway, PaymentsOptions options, TimeProvider clock)
{
    private const int TitleLengthMost = 250;

    public Task<CheckoutRow?> Find(Guid id, CancellationToken stop) => database.QueryOne<CheckoutRow>(
        $"select {CheckoutRow.Columns} from payments.checkout where id = @id", new { id }, stop);

    /// <summary>
    /// 1 Store what is wanted, or find that it was wanted before. 2 Open a session at the gateway under a key made of
    /// our id. 3 Store where the buyer pays.
    /// </summary>
    /// <param name="wanted">What somebody wants to pay.</param>
    /// <param name="refuse">Asked, in the transaction that stores it, whether something new may be begun.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<Outcome<CheckoutRow>> Open(
        WantedCheckout wanted, CancellationToken stop, Func<Tx, Task<Refusal?>>? refuse = null)
    {
        if (!gateway.IsConfigured)
        {
            return PaymentsProblems.NoProvider.With("No key of a payment provider is set.");
        }

        // 1
        var storing = await database.InTransaction(tx => Store(tx, wanted, refuse), stop);
        if (!storing.Succeeded(out var stored, out var refusal))
        {
            return refusal;
        }

        if (!stored.RequestSha256.AsSpan().SequenceEqual(wanted.Hash))
        {
            return PaymentsProblems.KeyReused.With("The same key came with another offer, amount or address before.");
        }

        if (stored.State is not ("creating" or "refused"))
        {
            return stored;
        }

        // 2. What was refused before is refused in the same words: the gateway's answer stands with its key.
        CrashPoint.Reach("purchase.before_session");
        var outcome = await gateway.Post($"checkout/{stored.Name}", "/v1/checkout/sessions", SessionForm(stored), stop);
        CrashPoint.Reach("purchase.after_session_before_record");
        switch (outcome)
        {
            case StripeOutcome.Refused refused:
                await Refuse(stored.Id, stop);
                return PaymentsProblems.CheckoutRefused.With(refused.Message);
            case StripeOutcome.Unknown unknown:
                return PaymentsProblems.ProviderUnknown.With(unknown.Why);
            case StripeOutcome.Done done:
                // 3
                return await Record(stored.Id, done.Answer, stop);
            default:
                throw new InvalidOperationException("The gateway's outcomes are closed.");
        }
    }

    private async Task<Outcome<CheckoutRow>> Store(Tx tx, WantedCheckout wanted, Func<Tx, Task<Refusal?>>? refuse)
    {
        if (await Known(tx, wanted) is null)
        {
            // A request that was under way when the account was closed must not fill the wallet of nobody.
            if (await Organisations.IsClosed(tx, wanted.Buyer))
            {
                return Problems.Conflict.With("The account is closed.");
            }

            // Whoever closes is asked first what is sold and not shared yet: nothing may be added behind that.
            if (wanted.Creator is { } creator && await Organisations.IsClosed(tx, creator))
            {
                return PaymentsProblems.OfferNotOnSale.With("Its creator has closed the account.");
            }

            if (refuse is not null && await refuse(tx) is { } refusal)
            {
                return refusal;
            }
        }

        var now = clock.GetUtcNow();
        await tx.Execute(
            """
            insert into payments.checkout (
              id, kind, buyer, idempotency_key, request_sha256, offer_id, work_id, creator, title, gross, currency,
              refund_days, success_url, cancel_url, state, created_at, check_at)
            values (
              @Id, @Kind, @Buyer, @IdempotencyKey, @Hash, @OfferId, @WorkId, @Creator, @Title, @Minor, @Currency,
              @RefundDays, @SuccessUrl, @CancelUrl, 'creating', @Now, @CheckAt)
            on conflict (buyer, kind, idempotency_key) do nothing
            """,
            new
            {
                wanted.Id, wanted.Kind, wanted.Buyer, wanted.IdempotencyKey, wanted.Hash, wanted.OfferId,
                wanted.WorkId, wanted.Creator,
                Title = wanted.Title.Length > TitleLengthMost ? wanted.Title[..TitleLengthMost] : wanted.Title,
                wanted.Gross.Minor, wanted.Gross.Currency, wanted.RefundDays, wanted.SuccessUrl, wanted.CancelUrl,
                Now = now, CheckAt = now.AddSeconds(options.SweepAfterSeconds),
            });
        return (await Known(tx, wanted))!;
    }

    private static Task<CheckoutRow?> Known(Tx tx, WantedCheckout wanted) => tx.QueryOne<CheckoutRow>(
        $"""
        select {CheckoutRow.Columns} from payments.checkout
        where buyer = @Buyer and kind = @Kind and idempotency_key = @IdempotencyKey
        """,
        new { wanted.Buyer, wanted.Kind, wanted.IdempotencyKey });

    private Task Refuse(Guid id, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            "update payments.checkout set state = 'refused' where id = @id and state = 'creating'", new { id }),
        stop);

    private async Task<CheckoutRow> Record(Guid id, StripeObject session, CancellationToken stop) =>
        (await database.InTransaction(
            async tx =>
            {
                // A webhook may have been faster and has set more than we would.
                await tx.Execute(
                    """
                    update payments.checkout set state = 'open', session_id = @Session, checkout_url = @Url
                    where id = @id and state = 'creating'
                    """,
                    new { id, Session = session.Id, Url = session.Text("url") });
                return await tx.QueryOne<CheckoutRow>(
                    $"select {CheckoutRow.Columns} from payments.checkout where id = @id", new { id });
            },
            stop))!;

    private static StripeForm SessionForm(CheckoutRow row) => new StripeForm()
        .Add("mode", "payment")
        .Add("client_reference_id", row.Name)
        .Add("line_items[0][quantity]", 1)
        .Add("line_items[0][price_data][currency]", row.Currency.Code.ToLowerInvariant())
        .Add("line_items[0][price_data][unit_amount]", row.Gross)
        .Add("line_items[0][price_data][product_data][name]", row.Title)
        .Add("success_url", row.SuccessUrl)
        .Add("cancel_url", row.CancelUrl)
        .Add("metadata[tally_id]", row.Name)
        .Add("payment_intent_data[metadata][tally_id]", row.Name)
        .Add("payment_intent_data[transfer_group]", row.Name);
}
