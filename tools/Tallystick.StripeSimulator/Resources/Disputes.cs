using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Charges that a buyer's bank contests. Opened by an admin command, as only a bank could.</summary>
internal static class Disputes
{
    // 15.00 in two-decimal currencies; not returned when the dispute is won.
    const long FeeMinorUnits = 1500;
    const long EvidenceSeconds = 7 * 24 * 3600;

    static readonly string[] EvidenceTexts =
    [
        "access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal",
        "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation",
        "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
        "service_date", "uncategorized_text",
    ];

    public static readonly Operation[] Operations =
    [
        Operation.List("/v1/disputes", List, P.Created, P.Text("charge", 255), P.Text("payment_intent", 255)),
        Operation.Get("/v1/disputes/{id}", Render.Retrieve("dispute")),
        Operation.Post("/v1/disputes/{id}", Update, P.Metadata(), P.Boolean("submit"),
            P.Object("evidence", [.. EvidenceTexts.Select(name => P.Text(name, 20000).Unsettable())])),
        Operation.Post("/v1/disputes/{id}/close", Accept),
    ];

    public static JsonArray Movements(World world, Resource dispute) =>
        [.. world.All("balance_transaction").Where(t => t.Text("source") == dispute.Id).Select(t => (JsonNode)t.Copy())];

    /// <summary>
    /// Takes the amount and a fee out of the balance at once, also when that makes it negative. A warning only asks: nothing is
    /// taken before it becomes a dispute.
    /// </summary>
    public static Answer Open(World world, Resource charge, long? wanted, string reason, bool isWarning)
    {
        var open = charge.Long("amount") - charge.Long("amount_refunded");
        var amount = wanted ?? open;
        if (!charge.Flag("paid") || charge.Flag("disputed") || amount < 1 || amount > open)
            return StripeError.Invalid("Only a paid, undisputed charge can be disputed, up to what was not refunded.");
        var dispute = world.Add("dispute", world.NextId("du_1", 23), charge.Owner);
        dispute["amount"] = amount;
        dispute["charge"] = charge.Id;
        dispute["currency"] = charge.Text("currency");
        dispute["payment_intent"] = charge.Text("payment_intent");
        dispute["reason"] = reason;
        dispute.Object("evidence_details")["due_by"] = world.Now + EvidenceSeconds;
        charge["disputed"] = true;
        if (isWarning)
            dispute["status"] = "warning_needs_response";
        else
            Record(world, dispute, -amount, FeeMinorUnits, "dispute");
        Events.Emit(world, "charge.dispute.created", dispute.Owner, Render.One(world, dispute));
        if (!isWarning)
            Events.Emit(world, "charge.dispute.funds_withdrawn", dispute.Owner, Render.One(world, dispute));
        return Render.One(world, dispute);
    }

    /// <summary>
    /// The bank's decision, also another one than before: banks change their minds. Won: the amount comes back, the fee does not.
    /// </summary>
    public static Answer Decide(World world, Resource dispute, string outcome)
    {
        var before = dispute.Text("status")!;
        var (isWarning, isTaken) = (
            before.StartsWith("warning_", StringComparison.Ordinal), before is "needs_response" or "under_review" or "lost");
        if (before == outcome || before == "warning_closed" || (isWarning && outcome == "lost"))
            return StripeError.Invalid($"This dispute is {before}.");
        dispute["status"] = isWarning && outcome == "won" ? "warning_closed" : outcome;
        if (outcome == "won" && isTaken)
        {
            Record(world, dispute, dispute.Long("amount"), 0, "dispute_reversal");
            Events.Emit(world, "charge.dispute.funds_reinstated", dispute.Owner, Render.One(world, dispute));
        }
        else if (outcome != "won" && !isTaken)
        {
            Record(world, dispute, -dispute.Long("amount"), isWarning ? FeeMinorUnits : 0, "dispute");
            Events.Emit(world, "charge.dispute.funds_withdrawn", dispute.Owner, Render.One(world, dispute));
        }

        Events.Emit(
            world, outcome == "needs_response" ? "charge.dispute.updated" : "charge.dispute.closed", dispute.Owner,
            Render.One(world, dispute));
        return Render.One(world, dispute);
    }

    static Answer Update(Call call)
    {
        if (call.World.Find("dispute", call.Ids[0], call.Owner) is not { } dispute)
            return StripeError.NoSuch("dispute", call.Ids[0]);
        if (dispute.Text("status") != "needs_response")
            return StripeError.Invalid("This dispute no longer accepts evidence.");
        if (call.Arguments.Has("metadata"))
            dispute["metadata"] = call.Arguments.Metadata(dispute.Object("metadata"));
        if (call.Arguments.Object("evidence") is { } evidence)
        {
            foreach (var name in EvidenceTexts.Where(evidence.Has))
                dispute.Object("evidence")[name] = evidence.Text(name);
            var details = dispute.Object("evidence_details");
            details["has_evidence"] = true;
            // Evidence is submitted unless the caller says that more will follow.
            if (call.Arguments.Boolean("submit") != false)
            {
                details["submission_count"] = 1L;
                dispute["status"] = "under_review";
            }
        }

        Events.Emit(call.World, "charge.dispute.updated", dispute.Owner, Render.One(call.World, dispute));
        return Render.One(call.World, dispute);
    }

    // Closing from our side means to accept the loss.
    static Answer Accept(Call call) => call.World.Find("dispute", call.Ids[0], call.Owner) switch
    {
        null => StripeError.NoSuch("dispute", call.Ids[0]),
        var closed when closed.Text("status") is "won" or "lost" => StripeError.Invalid("This dispute is already closed."),
        var open => Decide(call.World, open, "lost"),
    };

    static void Record(World world, Resource dispute, long amount, long fee, string category) =>
        BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            dispute.Owner, "adjustment", category, dispute.Text("currency")!, amount, dispute.Id)
        {
            Fee = fee,
            FeeDescription = "Dispute fee",
            Description = $"Chargeback {(amount < 0 ? "withdrawal" : "reversal")} for {dispute.Text("charge")}",
        });

    static Answer List(Call call)
    {
        var (charge, intent) = (call.Arguments.Text("charge"), call.Arguments.Text("payment_intent"));
        return Listing.Page(call, "dispute", "/v1/disputes", resource => Render.One(call.World, resource), dispute =>
            call.Arguments.InRange("created", dispute.Created)
            && (charge is null || dispute.Text("charge") == charge)
            && (intent is null || dispute.Text("payment_intent") == intent));
    }
}
