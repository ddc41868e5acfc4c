using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>
/// Gives unused money of a wallet back to the payments it came from. It leaves the wallet when it is asked for, so that no
/// gate can lease it meanwhile; <see cref="SendWalletRefunds"/> sends it.
/// </summary>
internal sealed class RefundWallet(
    Database database, Books books, WalletFunds funds, BuyerDebts debts, WalletRefundPlan plan, IdSource ids, WakeUps wakeUps)
{
    public static void Map(WebApplication app) => app
        .MapPost("/v1/wallet/refunds", async (
            Request body, RefundWallet slice, Caller caller, HttpRequest http, CancellationToken stop) =>
            (await slice.Handle(body, caller, http, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsWrite)
        .Spends(BudgetKind.Checkouts)
        .WithName("RefundWallet")
        .WithSummary("Gives unused money of the caller's wallet back to the cards it came from.")
        .NeedsIdempotencyKey()
        .Produces<WalletRefundView>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    public async Task<Outcome<WalletRefundView>> Handle(Request body, Caller caller, HttpRequest http, CancellationToken stop)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        IdempotencyKey.Read(http, errors, out var key);
        // What the gateway does not send stays in the wallet.
        var amount = body.Amount with { Minor = CardLimits.Cut(body.Amount.Minor, body.Amount.Currency) };
        if (amount.Minor <= 0)
        {
            errors["amount"] = [$"At least {new Money(CardLimits.Step(amount.Currency), amount.Currency)}."];
        }

        return errors.Count > 0
            ? Problems.Invalid(errors)
            : await database.InTransaction(tx => Store(tx, amount, caller.Organisation, key!), stop);
    }

    /// <summary>
    /// 1 One at a time for a buyer, and once for a key. 2 Only what is neither used nor promised to gates. 3 To the payments
    /// it came from. 4 Out of the wallet, in this very transaction.
    /// </summary>
    private async Task<Outcome<WalletRefundView>> Store(Tx tx, Money amount, OrganisationId buyer, string key)
    {
        // 1
        await tx.Take(Turn.WalletRefund, buyer);
        if (await WalletRefundView.ByKey(tx, buyer, key) is { } known)
        {
            return known.Amount == amount
                ? known
                : PaymentsProblems.KeyReused.With($"It was used to ask for {known.Amount}.");
        }

        // 2
        var available = await funds.LockedAvailable(tx, buyer, amount.Currency);
        if (await debts.Owed(tx, buyer, amount.Currency) is > 0 and var owed)
        {
            return PaymentsProblems.DebtOpen.With(
                $"You owe {new Money(owed, amount.Currency)}: a payment was taken back after it had been used.");
        }

        if (amount.Minor > available)
        {
            return PaymentsProblems.WalletNotRefundable.With($"{new Money(available, amount.Currency)} are available.");
        }

        // 3
        if (await plan.Of(tx, buyer, amount) is not { } parts)
        {
            return PaymentsProblems.WalletNotRefundable.With(
                $"The newest {WalletRefundPlan.PaymentsMost} payments, without those their bank disputes, cannot take so much back.");
        }

        // 4
        var (id, now) = (ids.New<WalletRefundId>(), ids.Now);
        await books.Post(tx, RefundPostings.WalletRefundAsked(id, buyer, amount, now, parts.Sum(p => p.Fee)));
        await tx.Execute(
            """
            insert into payments.wallet_refund (id, buyer, idempotency_key, amount, currency, requested_at)
            values (@id, @buyer, @key, @Minor, @Currency, @now);
            insert into payments.wallet_refund_part (refund_id, checkout_id, amount, fee, state, check_at)
            select @id, c, a, f, 'queued', @now from unnest(@Payments, @Amounts, @Fees) u (c, a, f)
            """,
            new
            {
                id, buyer, key, amount.Minor, amount.Currency, now,
                Payments = parts.Select(p => p.Payment).ToArray(),
                Amounts = parts.Select(p => p.Minor).ToArray(),
                Fees = parts.Select(p => p.Fee).ToArray(),
            });
        tx.AfterCommit(() => wakeUps.Wake(SendWalletRefunds.Worker));
        return (await WalletRefundView.ByKey(tx, buyer, key))!;
    }

    internal sealed record Request(Money Amount);
}

/// <summary>What a wallet has left.</summary>
internal sealed class WalletFunds(Books books, IEnumerable<WalletHold> holds)
{
    /// <summary>Minor units of what is spoken for.</summary>
    public async Task<long> Held(Tx tx, OrganisationId buyer, Currency currency)
    {
        var held = 0L;
        foreach (var hold in holds)
        {
            held += await hold.Held(tx, buyer, currency);
        }

        return held;
    }

    /// <summary>
    /// Minor units that are neither used nor held. The wallet stays locked: whoever leases of it waits. Holds are read
    /// before the balance: billing moves money from held to drawn at once, so what happens between makes less available.
    /// </summary>
    public async Task<long> LockedAvailable(Tx tx, OrganisationId buyer, Currency currency)
    {
        var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, buyer, currency);
        await books.Lock(tx, wallet);
        var held = await Held(tx, buyer, currency);
        return Math.Max(0, -(await books.Balance(tx, wallet)).Minor - held);
    }
}

/// <summary>Money on its way out of a wallet.</summary>
/// <param name="Status"><c>refunding</c>, <c>refunded</c>, or <c>refused</c>: then what was not refunded is in the wallet again.</param>
/// <param name="Amount">What left the wallet: what was asked for, less what is no step of the payment provider's and stayed there.</param>
/// <param name="Refunded">What was sent back so far, without the fee.</param>
/// <param name="Reason">Why a part was refused.</param>
/// <param name="Fee">Kept of the amount for what the payment provider keeps.</param>
internal sealed record WalletRefundView(
    WalletRefundId WalletRefundId, Money Amount, Money Refunded, string Status, string? Reason, DateTimeOffset RequestedAt, Money Fee)
{
    private const string Select =
        """
        select r.id, r.amount, r.currency, r.requested_at, max(p.reason) as reason,
          coalesce(sum(p.amount) filter (where p.state = 'refunded'), 0)::bigint as refunded,
          coalesce(sum(p.fee) filter (where p.state = 'refunded'), 0)::bigint as fee_refunded,
          coalesce(sum(p.fee) filter (where p.state <> 'refused'), 0)::bigint as fee,
          bool_or(p.state = 'queued') as open
        from payments.wallet_refund r join payments.wallet_refund_part p on p.refund_id = r.id
        """;

    public static async Task<WalletRefundView?> ByKey(Tx tx, OrganisationId buyer, string key) =>
        (await tx.QueryOne<Row>(
            $"{Select} where r.buyer = @buyer and r.idempotency_key = @key group by r.id", new { buyer, key }))?.View();

    public static async Task<IReadOnlyList<WalletRefundView>> Newest(
        Database database, OrganisationId buyer, Currency currency, int most, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            $"{Select} where r.buyer = @buyer and r.currency = @currency group by r.id order by r.id desc limit @most",
            new { buyer, currency, most },
            stop)).Select(r => r.View())];

    private sealed record Row(
        WalletRefundId Id, long Amount, Currency Currency, DateTimeOffset RequestedAt, string? Reason, long Refunded, long FeeRefunded, long Fee,
        bool Open)
    {
        public WalletRefundView View() => new(
            Id, new(Amount, Currency), new(Refunded - FeeRefunded, Currency),
            Open ? "refunding" : Refunded == Amount ? "refunded" : "refused", Reason, RequestedAt, new(Fee, Currency));
    }
}
