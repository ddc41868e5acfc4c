using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Royalties;

/// <summary>
/// A payee asks for what is payable, however little it is: what lies below a minimum is the payee's own and never stuck.
/// </summary>
internal sealed class AskForPayout(
    Database database, QueueOwed owed, PayoutAccounts accounts, PayoutQueue payouts, IdSource ids)
{
    /// <summary>A transfer costs the operator something: one a day for a currency.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromDays(1);

    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/v1/payouts", async (
            Request body, HttpRequest request, AskForPayout slice, Caller caller, CancellationToken stop) =>
            (await slice.Handle(body, request, caller, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .WithName("AskForPayout")
        .WithSummary("Queues what is payable to the caller in one currency, less what the caller owes, whatever the minimum. " +
            "Once a day.")
        .NeedsIdempotencyKey()
        .Produces<PayoutView>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    /// <summary>1 A key. 2 Somewhere to send it. 3 Asked before under this key: the same answer. 4 Not too often. 5 Queued.</summary>
    public async Task<Outcome<PayoutView>> Handle(
        Request body, HttpRequest request, Caller caller, CancellationToken stop)
    {
        // 1
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (!IdempotencyKey.Read(request, errors, out var key))
        {
            return Problems.Invalid(errors);
        }

        // 2
        var payee = caller.Organisation;
        if (await accounts.Find(payee, stop) is not { CanReceive: true })
        {
            return RoyaltiesProblems.PayoutAccountNotReady.With("What is payable stays yours until then.");
        }

        var outcome = await database.InTransaction<Outcome<PayoutId>>(
            async tx =>
            {
                await tx.Take(Turn.PayoutRequest, payee);

                // 3
                if (await tx.QueryOne<Row>(
                    "select payout_id, currency from royalties.payout_request where organisation_id = @payee and idempotency_key = @key",
                    new { payee, key }) is { } before)
                {
                    return before.Currency == body.Currency
                        ? before.PayoutId
                        : Problems.Conflict.With("This idempotency key was used for a payout in another currency.");
                }

                // 4
                if (await TooSoon(tx, payee, body.Currency) is { } tooSoon)
                {
                    return tooSoon;
                }

                // 5
                var asked = ids.New<BillingRunId>();
                if (await owed.Queue(tx, asked, [Owed.Everything(payee, body.Currency)], ids.Now) is not [var payout])
                {
                    return RoyaltiesProblems.NothingPayable.With($"Nothing is payable to you in {body.Currency} after what you owe.");
                }

                await tx.Execute(
                    """
                    insert into royalties.payout_request (id, organisation_id, currency, idempotency_key, payout_id, asked_at)
                    values (@asked, @payee, @Currency, @key, @payout, @Now)
                    """,
                    new { asked, payee, body.Currency, key, payout, ids.Now });
                return payout;
            },
            stop);
        return outcome.Succeeded(out var id, out var refusal) ? (await payouts.Find(id, stop))! : refusal;
    }

    private async Task<Refusal?> TooSoon(Tx tx, OrganisationId payee, Currency currency)
    {
        var last = await tx.QueryOne<DateTimeOffset?>(
            "select max(asked_at) from royalties.payout_request where organisation_id = @payee and currency = @currency",
            new { payee, currency });
        return last is { } at && at + Pause > ids.Now
            ? Problems.TooManyRequests.With(
                $"A payout in {currency} was asked for {at:u}; the next can be asked for a day later.",
                new Dictionary<string, object?> { [Refusal.RetryAfterSeconds] = (long)Math.Ceiling((at + Pause - ids.Now).TotalSeconds) })
            : null;
    }

    internal sealed record Request(Currency Currency);

    private sealed record Row(PayoutId PayoutId, Currency Currency);
}
