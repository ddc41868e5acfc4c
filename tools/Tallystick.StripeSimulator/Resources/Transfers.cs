using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Money from the platform's balance to a connected account's (separate charges and transfers).</summary>
internal static class Transfers
{
    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/transfers", Create, P.Currency().Required(), P.Text("destination", 255).Required(),
            P.Amount(), P.Text("description"), P.Metadata(), P.Text("source_transaction", 255),
            P.Choice("source_type", "bank_account", "card", "fpx"), P.Text("transfer_group", 255)),
        Operation.List("/v1/transfers", List, P.Created, P.Text("destination", 255), P.Text("transfer_group", 255)),
        Operation.Get("/v1/transfers/{id}", Render.Retrieve("transfer")),
        Operation.Post("/v1/transfers/{id}", Render.Update("transfer", "transfer.updated"), P.Metadata(),
            P.Text("description").Unsettable()),
    ];

    static Answer Create(Call call)
    {
        var (world, given) = (call.World, call.Arguments);
        if (!call.IsPlatform)
            return StripeError.Invalid("Cannot create transfers on behalf of a connected account.", null, "transfers_not_allowed");
        if (Accounts.Connected(world, given.Text("destination")) is not { } destination)
            return StripeError.NoSuch("destination", given.TextOf("destination"), "destination", status: 400);
        if (destination == world.Platform)
            return StripeError.Invalid("Transfers to your own account are not supported.", "destination", "transfers_not_allowed");
        if (!Accounts.HasCapability(destination, "transfers"))
            return StripeError.Invalid(
                "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
                + "crypto_transfers, legacy_payments", "destination", "insufficient_capabilities_for_transfer");
        if (ServiceAgreements.RefuseTransfer(world, destination) is { } acrossTheBorder)
            return acrossTheBorder;
        if (Source(call, out var source) is { } wrongSource)
            return wrongSource;
        if ((given.Integer("amount") ?? source?.Long("amount")) is not { } amount)
            return StripeError.Missing("amount");
        if (RefuseAmount(call, source, amount) is { } wrongAmount)
            return wrongAmount;
        if (Group(call, source, out var group) is { } wrongGroup)
            return wrongGroup;

        var transfer = Open(call, destination, amount, source, group);
        Move(world, transfer, destination, source);
        Events.Emit(world, "transfer.created", call.Owner, Render.One(world, transfer));
        Events.Emit(world, "payment.created", destination.Id,
            Render.One(world, world.Find(transfer.Text("destination_payment")!)!));
        return Render.One(world, transfer);
    }

    static StripeError? Source(Call call, out Resource? source)
    {
        source = null;
        if (call.Arguments.Text("source_transaction") is not { } id)
            return null;
        if (call.World.Find("charge", id, call.Owner) is not { } charge)
            return StripeError.NoSuch("charge", id, "source_transaction", status: 400);
        source = charge;
        if (!charge.Flag("paid"))
            return StripeError.Invalid("The source_transaction must be a successful charge.", "source_transaction");
        if (charge.Text("currency") != call.Currency)
            return StripeError.Invalid(
                $"The currency of source_transaction's balance transaction ({charge.Text("currency")}) must be the same as "
                + $"the transfer currency ({call.Currency})", "currency");
        return null;
    }

    static StripeError? RefuseAmount(Call call, Resource? source, long amount)
    {
        if (Currencies.RefuseStep(amount, call.Currency) is { } offStep)
            return offStep;
        if (source is null)
        {
            // Only card money is simulated: other source balances are empty.
            var hasCardMoney = call.Arguments.Text("source_type") is null or "card";
            var available = call.World.Ledger.Balance(Ledger.Available(call.Owner), call.Currency);
            return hasCardMoney && amount <= available ? null : StripeError.Invalid(
                "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
                + "balance by creating Charges using the 4000000000000077 test card. See: "
                + "https://stripe.com/docs/testing#available-balance", null, "balance_insufficient");
        }

        var used = call.World.All("transfer")
            .Where(transfer => transfer.Text("source_transaction") == source.Id)
            .Sum(transfer => transfer.Long("amount") - transfer.Long("amount_reversed"));
        return used + amount <= source.Long("amount") ? null : StripeError.Invalid(
            "Transfers using this transaction as a source must not exceed the source amount of "
            + $"{Currencies.Show(source.Long("amount"), call.Currency)}. (This transaction already has transfers of "
            + $"{Currencies.Show(used, call.Currency)}.)", "amount");
    }

    // A source charge and its transfers share one group, given or made.
    static StripeError? Group(Call call, Resource? source, out string? group)
    {
        group = call.Arguments.Text("transfer_group");
        if (source is null)
            return null;
        var ofSource = source.Text("transfer_group");
        if (ofSource is not null && group is not null && group != ofSource)
            return StripeError.Invalid(
                $"The transfer_group ({group}) must match the transfer_group of the source_transaction ({ofSource}).",
                "transfer_group");
        group = ofSource ?? group ?? $"group_{source.Text("payment_intent") ?? source.Id}";
        source["transfer_group"] = group;
        return null;
    }

    static Resource Open(Call call, Resource destination, long amount, Resource? source, string? group)
    {
        var transfer = call.World.Add("transfer", call.World.NextId("tr_1", 23), call.Owner);
        transfer["amount"] = amount;
        transfer["currency"] = call.Currency;
        transfer["description"] = call.Arguments.Text("description");
        transfer["destination"] = destination.Id;
        transfer["metadata"] = call.Arguments.Metadata();
        transfer["source_transaction"] = source?.Id;
        transfer["transfer_group"] = group;
        return transfer;
    }

    // With a source charge the money follows that charge: pending on both sides until it settles.
    static void Move(World world, Resource transfer, Resource destination, Resource? source)
    {
        var (currency, amount) = (transfer.Text("currency")!, transfer.Long("amount"));
        var availableOn = source is not null && world.Find(source.Text("balance_transaction")!) is { } paidBy
            && paidBy.Text("status") == "pending" ? paidBy.Long("available_on") : world.Now;
        var sent = BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            transfer.Owner, "transfer", "transfer", currency, -amount, transfer.Id)
        {
            Against = Ledger.Transit,
            AvailableOn = availableOn,
            Description = transfer.Text("description"),
        });
        transfer["balance_transaction"] = sent.Id;

        var payment = world.Add("charge", world.NextId("py_1", 23), destination.Id);
        payment["amount"] = amount;
        payment["amount_captured"] = amount;
        payment["currency"] = currency;
        payment["paid"] = true;
        payment["payment_method_details"] = new JsonObject
        {
            ["stripe_account"] = new JsonObject(),
            ["type"] = "stripe_account",
        };
        payment["source_transfer"] = transfer.Id;
        var received = BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            destination.Id, "payment", "charge", currency, amount, payment.Id)
        {
            Against = Ledger.Transit,
            AvailableOn = availableOn,
        });
        payment["balance_transaction"] = received.Id;
        transfer["destination_payment"] = payment.Id;
    }

    static Answer List(Call call)
    {
        var (destination, group) = (call.Arguments.Text("destination"), call.Arguments.Text("transfer_group"));
        return Listing.Page(call, "transfer", "/v1/transfers", resource => Render.One(call.World, resource), transfer =>
            call.Arguments.InRange("created", transfer.Created)
            && (destination is null || transfer.Text("destination") == destination)
            && (group is null || transfer.Text("transfer_group") == group));
    }
}
