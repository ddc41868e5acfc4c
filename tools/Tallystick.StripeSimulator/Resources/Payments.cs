using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>How a test card ends a payment.</summary>
internal sealed record TestCard(string Number, string? DeclineCode, bool IsAvailableAtOnce, string Label)
{
    /// <summary>The numbers that Stripe publishes for the same outcomes.</summary>
    public static readonly TestCard[] All =
    [
        new("4242424242424242", null, false, "4242 4242 4242 4242 - succeeds"),
        new("4000000000000077", null, true, "4000 0000 0000 0077 - succeeds, available at once"),
        new("4000000000000002", "generic_decline", false, "4000 0000 0000 0002 - declined"),
        new("4000000000009995", "insufficient_funds", false, "4000 0000 0000 9995 - insufficient funds"),
    ];
}

/// <summary>What happens when a person presses Pay: intent, charge, fee, balance, events.</summary>
internal static class Payments
{
    /// <summary>
    /// 1. The intent exists from the first attempt on. 2. A charge records the attempt. 3. Declined: the session stays
    /// open. 4. Paid: the net amount becomes pending, the session complete, and the events go out in this order.
    /// </summary>
    public static bool Attempt(World world, Resource session, TestCard card, string email)
    {
        var facts = world.SessionFacts[session.Id];
        var intent = Intent(world, session, facts);                                       // 1
        var charge = Charge(world, intent, facts, card, email);                           // 2
        intent["latest_charge"] = charge.Id;
        if (card.DeclineCode is { } decline)                                              // 3
        {
            Decline(world, intent, charge, decline);
            return false;
        }

        intent["status"] = "succeeded";                                                   // 4
        intent["amount_received"] = intent.Long("amount");
        intent["payment_method"] = charge.Text("payment_method");
        intent["last_payment_error"] = null;
        Complete(world, session, email);
        // The balance transaction is made a moment after the charge: first snapshots do not have it.
        Events.Emit(world, "charge.succeeded", charge.Owner, Render.One(world, charge));
        Events.Emit(world, "payment_intent.succeeded", intent.Owner, Render.One(world, intent));
        Events.Emit(world, "checkout.session.completed", session.Owner, Render.One(world, session));
        Settle(world, charge, card);
        Events.Emit(world, "charge.updated", charge.Owner, Render.One(world, charge),
            new JsonObject { ["balance_transaction"] = null });
        return true;
    }

    static Resource Intent(World world, Resource session, SessionFacts facts)
    {
        if (world.Find("payment_intent", session.Text("payment_intent"), session.Owner) is { } before)
            return before;
        var intent = world.Add("payment_intent", world.NextId("pi_3", 23), session.Owner);
        intent["amount"] = session.Long("amount_total");
        intent["currency"] = session.Text("currency");
        intent["client_secret"] = $"{intent.Id}_secret_{world.NextId("", 25)}";
        intent["customer"] = session.Text("customer");
        intent["description"] = facts.Description;
        intent["metadata"] = facts.IntentMetadata.DeepClone();
        intent["receipt_email"] = facts.ReceiptEmail;
        intent["statement_descriptor_suffix"] = facts.StatementSuffix;
        intent["transfer_group"] = facts.TransferGroup;
        session["payment_intent"] = intent.Id;
        Events.Emit(world, "payment_intent.created", intent.Owner, Render.One(world, intent));
        return intent;
    }

    static Resource Charge(World world, Resource intent, SessionFacts facts, TestCard card, string email)
    {
        var charge = world.Add("charge", world.NextId("ch_3", 23), intent.Owner);
        var isPaid = card.DeclineCode is null;
        charge["amount"] = intent.Long("amount");
        charge["amount_captured"] = isPaid ? intent.Long("amount") : 0L;
        charge["captured"] = isPaid;
        charge["paid"] = isPaid;
        charge["status"] = isPaid ? "succeeded" : "failed";
        charge["currency"] = intent.Text("currency");
        charge["payment_intent"] = intent.Id;
        charge["payment_method"] = world.NextId("pm_1", 23);
        foreach (var field in new[] { "customer", "description", "receipt_email", "transfer_group" })
            charge[field] = intent.Text(field);
        charge["metadata"] = facts.IntentMetadata.DeepClone();
        charge["statement_descriptor_suffix"] = facts.StatementSuffix;
        charge.Object("billing_details")["email"] = email;
        var details = charge.Object("payment_method_details")["card"]!;
        details["last4"] = card.Number[^4..];
        details["amount_authorized"] = isPaid ? intent.Long("amount") : null;
        details["overcapture"]!["maximum_amount_capturable"] = intent.Long("amount");
        return charge;
    }

    static void Decline(World world, Resource intent, Resource charge, string decline)
    {
        const string message = "Your card was declined.";
        charge["failure_code"] = "card_declined";
        charge["failure_message"] = message;
        var outcome = charge.Object("outcome");
        outcome["network_status"] = "declined_by_network";
        outcome["reason"] = decline;
        outcome["seller_message"] = "The bank did not return any further details with this decline.";
        outcome["type"] = "issuer_declined";
        intent["status"] = "requires_payment_method";
        intent["last_payment_error"] = new JsonObject
        {
            ["charge"] = charge.Id,
            ["code"] = "card_declined",
            ["decline_code"] = decline,
            ["doc_url"] = "https://stripe.com/docs/error-codes/card-declined",
            ["message"] = message,
            ["type"] = "card_error",
        };
        Events.Emit(world, "charge.failed", charge.Owner, Render.One(world, charge));
        Events.Emit(world, "payment_intent.payment_failed", intent.Owner, Render.One(world, intent));
    }

    static void Complete(World world, Resource session, string email)
    {
        session["status"] = "complete";
        session["payment_status"] = "paid";
        session["customer_details"] = new JsonObject
        {
            ["address"] = new JsonObject
            {
                ["city"] = null, ["country"] = "US", ["line1"] = null, ["line2"] = null, ["postal_code"] = null, ["state"] = null,
            },
            ["business_name"] = null,
            ["email"] = email,
            ["individual_name"] = null,
            ["name"] = null,
            ["phone"] = null,
            ["tax_exempt"] = "none",
            ["tax_ids"] = new JsonArray(),
        };
        if (session.Text("customer_creation") != "always")
            return;
        var customer = world.Add("customer", world.NextId("cus_", 14), session.Owner);
        customer["email"] = email;
        session["customer"] = customer.Id;
        Events.Emit(world, "customer.created", session.Owner, Render.One(world, customer));
    }

    static void Settle(World world, Resource charge, TestCard card)
    {
        var recorded = BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            charge.Owner, "charge", "charge", charge.Text("currency")!, charge.Long("amount"), charge.Id)
        {
            Fee = Currencies.Fee(charge.Long("amount")),
            AvailableOn = card.IsAvailableAtOnce ? world.Now : world.Now + world.Header.SettlementSeconds,
            Description = charge.Text("description"),
        });
        charge["balance_transaction"] = recorded.Id;
    }
}
