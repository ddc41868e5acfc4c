using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Resources;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Admin;

/// <summary>Admin commands that change the simulated state: what buyers, banks, Stripe's staff and time would do.</summary>
internal static class ControlCommands
{
    // Ten years: enough for any test, far from the end of the calendar.
    const long AdvanceMaxSeconds = 315_360_000;

    public static readonly Operation[] All =
    [
        Operation.Post("/_sim/sessions/{id}/pay", Pay,
            P.Choice("card", [.. TestCard.All.Select(card => card.Number)]), P.Text("email", 512)),
        Operation.Post("/_sim/sessions/{id}/decline", Decline, P.Text("email", 512)),
        Operation.Post("/_sim/clock/advance", Advance, P.Integer("seconds", 0, AdvanceMaxSeconds).Required()),
        Operation.Post("/_sim/settle", Settle),
        Operation.Post("/_sim/settlement", Settlement, P.Currency().Required(), P.Text("into", 3).Required(), P.Text("rate", 30).Required()),
        Operation.Post("/_sim/accounts/{id}", Account, P.Choice("capability", "card_payments", "transfers"),
            P.Choice("status", "active", "inactive", "pending"), P.Boolean("payouts_enabled")),
        Operation.Post("/_sim/accounts/{id}/onboard", Onboard),
        Operation.Post("/_sim/accounts/{id}/deauthorize", Deauthorize),
        Operation.Post("/_sim/onboarding/{id}", FinishLink),
        Operation.Post("/_sim/disputes", Dispute, P.Text("charge", 255).Required(), P.Amount(),
            P.Choice("reason", "credit_not_processed", "duplicate", "fraudulent", "general", "product_not_received",
                "product_unacceptable", "unrecognized"), P.Boolean("warning")),
        Operation.Post("/_sim/disputes/{id}/close", CloseDispute, P.Choice("outcome", "lost", "needs_response", "won").Required()),
        Operation.Post("/_sim/refunds/{id}/fail", FailRefund, P.Choice("reason", "declined", "expired_or_canceled_card",
            "insufficient_funds", "lost_or_stolen_card", "merchant_request", "unknown")),
        Operation.Post("/_sim/payouts/run", RunPayouts),
        Operation.Post("/_sim/payouts", PayOut, P.Amount().Required(), P.Currency().Required(), P.Amount("fee")),
        Operation.Post("/_sim/movements", Move,
            P.Choice("type", "adjustment", "stripe_fee", "tax_fee", "topup").Required(),
            P.Integer("amount", -P.AmountMax, P.AmountMax).Required(), P.Currency().Required(), P.Text("description", 500)),
        Operation.Post("/_sim/payouts/{id}/complete", CompletePayout,
            P.Choice("outcome", "failed", "paid").Required(), P.Text("failure_code", 60)),
        Operation.Post("/_sim/events/{id}/delivered", Delivered),
    ];

    static Answer Pay(Call call) => Attempt(call, call.Arguments.Text("card") ?? TestCard.All[0].Number);

    static Answer Decline(Call call) => Attempt(call, "4000000000000002");

    static Answer Attempt(Call call, string number)
    {
        if (Find(call, "checkout.session") is not { } session)
            return StripeError.NoSuch("checkout.session", call.Ids[0]);
        if (session.Text("status") != "open")
            return StripeError.Invalid($"This session is {session.Text("status")}.");
        var email = call.Arguments.Text("email") ?? session.Text("customer_email") ?? "buyer@example.com";
        Payments.Attempt(call.World, session, TestCard.All.Single(card => card.Number == number), email);
        return Render.One(call.World, session);
    }

    static Answer Advance(Call call)
    {
        call.World.ClockOffset += call.Arguments.Integer("seconds")!.Value;
        call.World.Now += call.Arguments.Integer("seconds")!.Value;
        call.World.RunTimers();
        return new JsonObject { ["now"] = call.World.Now };
    }

    static Answer Settle(Call call)
    {
        var pending = call.World.All("balance_transaction").Where(t => t.Text("status") == "pending").ToList();
        foreach (var transaction in pending)
            BalanceTransactions.Settle(call.World, transaction);
        return new JsonObject { ["settled"] = pending.Count };
    }

    // A balance in one currency only: what is paid in another is converted when it is recorded.
    static Answer Settlement(Call call)
    {
        var into = call.Arguments.TextOf("into").ToLowerInvariant();
        if (Currencies.Refuse(into, "into") is { } unknown)
            return unknown;
        if (!decimal.TryParse(call.Arguments.TextOf("rate"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) || rate <= 0)
            return StripeError.Invalid("A rate is a positive decimal number: units of 'into' for one of 'currency'.", "rate");
        call.World.Settlement[call.Currency] = (into, rate);
        return new JsonObject { ["currency"] = call.Currency, ["into"] = into, ["rate"] = rate };
    }

    static Answer Account(Call call)
    {
        if (Find(call, "account") is not { } account || account == call.World.Platform)
            return StripeError.NoSuch("account", call.Ids[0]);
        if (call.Arguments.Has("capability") != call.Arguments.Has("status"))
            return StripeError.Missing(call.Arguments.Has("status") ? "capability" : "status");
        Accounts.Restrict(call.World, account, call.Arguments.Text("capability"), call.Arguments.Text("status"),
            call.Arguments.Boolean("payouts_enabled"));
        return Render.One(call.World, account);
    }

    static Answer Onboard(Call call)
    {
        if (Find(call, "account") is not { } account)
            return StripeError.NoSuch("account", call.Ids[0]);
        Accounts.CompleteOnboarding(call.World, account);
        return Render.One(call.World, account);
    }

    static Answer Deauthorize(Call call)
    {
        if (Accounts.Connected(call.World, call.Ids[0]) is not { } account || account == call.World.Platform)
            return StripeError.NoSuch("account", call.Ids[0]);
        Accounts.Deauthorize(call.World, account);
        return new JsonObject { ["id"] = account.Id };
    }

    static Answer FinishLink(Call call)
    {
        if (!call.World.OnboardingLinks.Remove(call.Ids[0], out var link) || link.ExpiresAt < call.World.Now)
            return StripeError.Invalid("This link was used or has expired.");
        Accounts.CompleteOnboarding(call.World, call.World.Find(link.Account)!);
        return new JsonObject { ["return_url"] = link.ReturnUrl };
    }

    static Answer Dispute(Call call) =>
        call.World.Find(call.Arguments.TextOf("charge")) is { Noun: "charge" } charge
            ? Disputes.Open(
                call.World, charge, call.Arguments.Integer("amount"), call.Arguments.Text("reason") ?? "fraudulent",
                call.Arguments.Boolean("warning") == true)
            : StripeError.NoSuch("charge", call.Arguments.TextOf("charge"), "charge");

    static Answer CloseDispute(Call call) =>
        Find(call, "dispute") is { } dispute
            ? Disputes.Decide(call.World, dispute, call.Arguments.TextOf("outcome"))
            : StripeError.NoSuch("dispute", call.Ids[0]);

    static Answer FailRefund(Call call)
    {
        if (Find(call, "refund") is not { } refund)
            return StripeError.NoSuch("refund", call.Ids[0]);
        return Refunds.Fail(call.World, refund, call.Arguments.Text("reason") ?? "unknown")
            ? Render.One(call.World, refund)
            : StripeError.Invalid($"This refund is {refund.Text("status")}.");
    }

    // What the daily schedule would do: everything available goes to the bank, except for accounts on a manual schedule.
    static Answer RunPayouts(Call call)
    {
        var made = new JsonArray();
        foreach (var account in call.World.All("account").Where(a => a != call.World.Platform && a.Flag("payouts_enabled")))
        {
            if (account.Object("settings")["payouts"]!["schedule"]!["interval"]!.GetValue<string>() == "manual")
                continue;
            foreach (var currency in call.World.Ledger.CurrenciesOf(Ledger.Available(account.Id)).ToList())
            {
                var amount = call.World.Ledger.Balance(Ledger.Available(account.Id), currency);
                if (amount > 0)
                    made.Add(Payouts.Send(call.World, account, amount, currency).Id);
            }
        }

        return new JsonObject { ["payouts"] = made };
    }

    // An automatic payout of the platform's, of which its bank or an instant card takes a fee.
    static Answer PayOut(Call call)
    {
        var (amount, fee) = (call.Arguments.Integer("amount")!.Value, call.Arguments.Integer("fee") ?? 0);
        return amount + fee > call.World.Ledger.Balance(Ledger.Available(call.World.Platform.Id), call.Currency)
            ? StripeError.Invalid("The balance does not cover this payout and its fee.", null, "balance_insufficient")
            : Render.One(call.World, Payouts.Send(call.World, call.World.Platform, amount, call.Currency, fee: fee));
    }

    // What Stripe itself moves on the platform's balance: monthly fees, corrections by its staff, money from our bank.
    static Answer Move(Call call)
    {
        var (type, amount) = (call.Arguments.TextOf("type"), call.Arguments.Integer("amount")!.Value);
        if (amount == 0 || (type is "stripe_fee" or "tax_fee" && amount > 0))
            return StripeError.Invalid("A fee is a negative amount, and nothing is no movement.", "amount");
        return Render.One(call.World, BalanceTransactions.Record(call.World, new BalanceTransactions.Movement(
            call.World.Platform.Id, type, type is "topup" ? "topup" : type is "adjustment" ? "other_adjustment" : "fee",
            call.Currency, amount, null)
        {
            Against = type == "topup" ? Ledger.Bank(call.World.Platform.Id) : Ledger.Fees,
            Description = call.Arguments.Text("description"),
        }));
    }

    static Answer CompletePayout(Call call)
    {
        if (Find(call, "payout") is not { } payout)
            return StripeError.NoSuch("payout", call.Ids[0]);
        var failure = call.Arguments.Text("outcome") == "failed"
            ? call.Arguments.Text("failure_code") ?? "account_closed"
            : null;
        return Payouts.Complete(call.World, payout, failure)
            ? Render.One(call.World, payout)
            : StripeError.Invalid($"This payout is {payout.Text("status")}.");
    }

    static Answer Delivered(Call call)
    {
        if (Find(call, "event") is not { } sent)
            return StripeError.NoSuch("event", call.Ids[0]);
        Events.Delivered(call.World, sent);
        return new JsonObject { ["id"] = sent.Id };
    }

    static Resource? Find(Call call, string noun) =>
        call.World.Find(call.Ids[0]) is { } found && found.Noun == noun ? found : null;
}
