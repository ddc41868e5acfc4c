using Tallystick.Core.Amounts;
using Tallystick.Core.Payments;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>What the caller has prepaid, what of it is spoken for, and what is left.</summary>
internal sealed class ShowWallet(Database database, Books books, WalletFunds funds, BuyerDebts debts, WalletRefundPlan plan)
{
    private const int ListedMost = 20;

    public static void Map(WebApplication app) => app
        .MapGet("/v1/wallet", async (ShowWallet slice, Caller caller, CancellationToken stop, string currency = "USD") =>
            (await slice.Handle(caller, currency, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.PaymentsRead)
        .WithName("ShowWallet")
        .WithSummary("Balance, held and available amount of the caller's wallet in one currency, and its top-ups.")
        .Produces<View>()
        .ProducesProblem(StatusCodes.Status400BadRequest);

    public async Task<Outcome<View>> Handle(Caller caller, string currencyCode, CancellationToken stop)
    {
        if (!Currency.TryParse(currencyCode, null, out var currency))
        {
            return Problems.Invalid("currency", "an ISO 4217 code known here, in capital letters.");
        }

        var (balance, held, debt, fee) = await database.InTransaction(
            async tx =>
            {
                var holds = await funds.Held(tx, caller.Organisation, currency);
                var wallet = LedgerAccount.Of(AccountKind.BuyerPrepaid, caller.Organisation, currency);
                var prepaid = -(await books.Balance(tx, wallet)).Minor;
                var back = new Money(CardLimits.Cut(Math.Max(0, prepaid - holds), currency), currency);
                var parts = back.Minor > 0 ? await plan.Of(tx, caller.Organisation, back) : null;
                return (prepaid, holds, await debts.Owed(tx, caller.Organisation, currency), parts?.Sum(p => p.Fee) ?? 0);
            },
            stop);
        var topUps = await database.Query<CheckoutRow>(
            $"""
            select {CheckoutRow.Columns} from payments.checkout
            where buyer = @Buyer and kind = 'top_up' and currency = @Currency order by id desc limit @ListedMost
            """,
            new { Buyer = caller.Organisation, Currency = currency, ListedMost },
            stop);
        return new View(
            new Money(balance, currency),
            new Money(held, currency),
            // A bank can withdraw what was used already.
            new Money(Math.Max(0, balance - held), currency),
            new Money(Math.Max(0, debt), currency),
            new Money(fee, currency),
            [.. topUps.Select(t => new StartTopUp.View(
                new(t.Id), t.State, t.Price, t.State == "open" ? t.CheckoutUrl : null, t.CreatedAt))],
            await WalletRefundView.Newest(database, caller.Organisation, currency, ListedMost, stop));
    }

    /// <param name="Debt">Owed: used of payments that were taken back. The next top-up pays it first.</param>
    /// <param name="RefundFee">What taking all that is available back would cost; less in proportion for less.</param>
    /// <param name="TopUps">The newest twenty.</param>
    /// <param name="Refunds">The newest twenty.</param>
    internal sealed record View(
        Money Balance, Money Held, Money Available, Money Debt, Money RefundFee, IReadOnlyList<StartTopUp.View> TopUps,
        IReadOnlyList<WalletRefundView> Refunds);
}
