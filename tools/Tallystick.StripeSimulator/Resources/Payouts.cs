using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Money from an account's available balance to its bank.</summary>
internal static class Payouts
{
    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/payouts", Create, P.Amount().Required(), P.Currency().Required(), P.Text("description"),
            P.Metadata(), P.Text("destination", 255), P.Choice("method", "instant", "standard"),
            P.Choice("source_type", "bank_account", "card", "fpx"), P.Text("statement_descriptor", 22)),
        Operation.List("/v1/payouts", List, P.Created, new Parameter("arrival_date", ParameterKind.Range),
            P.Text("destination", 255), P.Choice("status", "canceled", "failed", "in_transit", "paid", "pending")),
        Operation.Get("/v1/payouts/{id}", Render.Retrieve("payout")),
        Operation.Post("/v1/payouts/{id}", Render.Update("payout", "payout.updated"), P.Metadata()),
        Operation.Post("/v1/payouts/{id}/cancel", Cancel),
    ];

    /// <summary>The money leaves the balance now and arrives when the timer says. Without arguments it is an automatic one.</summary>
    public static Resource Send(
        World world, Resource account, long amount, string currency, Arguments? given = null, long fee = 0)
    {
        var isAutomatic = given is null;
        var payout = world.Add("payout", world.NextId("po_1", 23), account.Id);
        payout["amount"] = amount;
        payout["arrival_date"] = world.Now + world.Header.PayoutSeconds;
        payout["automatic"] = isAutomatic;
        payout["currency"] = currency;
        payout["description"] = isAutomatic ? "STRIPE PAYOUT" : given?.Text("description");
        payout["destination"] = Bank(account);
        payout["metadata"] = given?.Metadata() ?? [];
        payout["reconciliation_status"] = isAutomatic ? "completed" : "not_applicable";
        payout["statement_descriptor"] = given?.Text("statement_descriptor");
        payout["status"] = "in_transit";
        payout["balance_transaction"] = Record(world, payout, "payout", -amount, fee).Id;
        world.Schedule(payout.Long("arrival_date"), TimerKind.PayPayout, payout.Id);
        Events.Emit(world, "payout.created", account.Id, Render.One(world, payout));
        return payout;
    }

    /// <summary>
    /// Arrived, or sent back by the bank for the reason given, also days after it had arrived; the latter returns the money to
    /// the balance.
    /// </summary>
    public static bool Complete(World world, Resource payout, string? failure)
    {
        if (payout.Text("status") != "in_transit" && (failure is null || payout.Text("status") != "paid"))
            return false;
        payout["status"] = failure is null ? "paid" : "failed";
        if (failure is not null)
        {
            payout["failure_code"] = failure;
            payout["failure_message"] = "The bank account could not be credited.";
            payout["failure_balance_transaction"] = Record(world, payout, "payout_failure", payout.Long("amount")).Id;
        }

        Events.Emit(world, failure is null ? "payout.paid" : "payout.failed", payout.Owner, Render.One(world, payout));
        return true;
    }

    static Answer Create(Call call)
    {
        var (world, account) = (call.World, call.World.Find(call.Owner)!);
        var amount = call.Arguments.Integer("amount")!.Value;
        if (!account.Flag("payouts_enabled"))
            return StripeError.Invalid(
                "Cannot create payouts: this account has requirements that need to be completed first.", null, "payouts_not_allowed");
        if (Currencies.RefuseStep(amount, call.Currency) is { } offStep)
            return offStep;
        if (call.Arguments.Text("destination") is { } destination && destination != Bank(account))
            return StripeError.NoSuch("external account", destination, "destination", status: 400);
        if (call.Arguments.Text("method") == "instant")
            return StripeError.Invalid(
                "The external account does not support instant payouts.", "method", "instant_payouts_unsupported");
        var hasCardMoney = call.Arguments.Text("source_type") is null or "card";
        if (!hasCardMoney || amount > world.Ledger.Balance(Ledger.Available(call.Owner), call.Currency))
            return StripeError.Invalid(
                "You have insufficient funds in your Stripe account for this payout. Your card balance is too low. You can use "
                + "the /v1/balance endpoint to view your Stripe balance.", null, "balance_insufficient");
        return Render.One(world, Send(world, account, amount, call.Currency, call.Arguments));
    }

    static Answer Cancel(Call call)
    {
        if (call.World.Find("payout", call.Ids[0], call.Owner) is not { } payout)
            return StripeError.NoSuch("payout", call.Ids[0]);
        return StripeError.Invalid(
            $"Payouts can only be canceled while they are pending; {payout.Id} has the status {payout.Text("status")}.");
    }

    static Answer List(Call call)
    {
        var (status, destination) = (call.Arguments.Text("status"), call.Arguments.Text("destination"));
        return Listing.Page(call, "payout", "/v1/payouts", resource => Render.One(call.World, resource), payout =>
            call.Arguments.InRange("created", payout.Created)
            && call.Arguments.InRange("arrival_date", payout.Long("arrival_date"))
            && (status is null || payout.Text("status") == status)
            && (destination is null || payout.Text("destination") == destination));
    }

    static Resource Record(World world, Resource payout, string type, long amount, long fee = 0) =>
        BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            payout.Owner, type, type == "payout" ? "payout" : "payout_reversal", payout.Text("currency")!, amount, payout.Id)
        {
            Against = Ledger.Bank(payout.Owner),
            Fee = fee,
            FeeDescription = "Payout fee",
            Description = "STRIPE PAYOUT",
        });

    static string Bank(Resource account) =>
        account.Object("external_accounts")["data"]!.AsArray()[0]!["id"]!.GetValue<string>();
}
