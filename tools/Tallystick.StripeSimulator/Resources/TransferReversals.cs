using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Money back from a connected account, whole or in part.</summary>
internal static class TransferReversals
{
    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/transfers/{id}/reversals", Create, P.Amount(), P.Text("description"), P.Metadata(),
            P.Boolean("refund_application_fee")),
        Operation.List("/v1/transfers/{id}/reversals", List),
        Operation.Get("/v1/transfers/{id}/reversals/{id}", Retrieve),
    ];

    // The list inside a transfer holds the ten newest, as everywhere.
    const int EmbeddedMax = 10;

    public static JsonObject OfTransfer(World world, Resource transfer)
    {
        var reversals = world.All("transfer_reversal").Where(r => r.Text("transfer") == transfer.Id).Reverse().ToList();
        return Listing.Of($"/v1/transfers/{transfer.Id}/reversals",
            [.. reversals.Take(EmbeddedMax).Select(reversal => (JsonNode)reversal.Copy())], reversals.Count > EmbeddedMax);
    }

    static Answer Create(Call call)
    {
        var world = call.World;
        if (world.Find("transfer", call.Ids[0], call.Owner) is not { } transfer)
            return StripeError.NoSuch("transfer", call.Ids[0]);
        var currency = transfer.Text("currency")!;
        var open = transfer.Long("amount") - transfer.Long("amount_reversed");
        var amount = call.Arguments.Integer("amount") ?? open;
        if (open == 0)
            return StripeError.Invalid($"The transfer {transfer.Id} is already fully reversed.");
        if (amount > open)
            return StripeError.Invalid(
                $"Reversal amount ({Currencies.Show(amount, currency)}) is greater than the unreversed amount on the transfer "
                + $"({Currencies.Show(open, currency)})", "amount");

        if (Currencies.RefuseStep(amount, currency) is { } offStep)
            return offStep;

        var destination = transfer.Text("destination")!;
        var payment = world.Find(transfer.Text("destination_payment")!)!;
        var received = world.Find(payment.Text("balance_transaction")!)!;
        var isPending = received.Text("status") == "pending";
        var bucket = isPending ? Ledger.Pending(destination) : Ledger.Available(destination);
        if (amount > world.Ledger.Balance(bucket, currency))
            return StripeError.Invalid(
                "Insufficient funds in the connected account to reverse this transfer.", null, "balance_insufficient");

        var reversal = Move(call, transfer, payment, amount, isPending ? received.Long("available_on") : world.Now);
        transfer["amount_reversed"] = transfer.Long("amount_reversed") + amount;
        transfer["reversed"] = transfer.Long("amount_reversed") == transfer.Long("amount");
        payment["amount_refunded"] = transfer.Long("amount_reversed");
        payment["refunded"] = transfer.Flag("reversed");
        Events.Emit(world, "transfer.reversed", call.Owner, Render.One(world, transfer));
        return reversal.Copy();
    }

    static Resource Move(Call call, Resource transfer, Resource payment, long amount, long availableOn)
    {
        var (world, currency) = (call.World, transfer.Text("currency")!);
        var reversal = world.Add("transfer_reversal", world.NextId("trr_1", 23), call.Owner);
        reversal["amount"] = amount;
        reversal["currency"] = currency;
        reversal["metadata"] = call.Arguments.Metadata();
        reversal["transfer"] = transfer.Id;

        var returned = world.Add("refund", world.NextId("pyr_1", 23), payment.Owner);
        returned["amount"] = amount;
        returned["charge"] = payment.Id;
        returned["currency"] = currency;
        returned["source_transfer_reversal"] = reversal.Id;
        var taken = BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            payment.Owner, "payment_refund", "refund", currency, -amount, returned.Id)
        {
            Against = Ledger.Transit,
            AvailableOn = availableOn,
        });
        returned["balance_transaction"] = taken.Id;
        reversal["destination_payment_refund"] = returned.Id;

        var given = BalanceTransactions.Record(world, new BalanceTransactions.Movement(
            call.Owner, "transfer_refund", "transfer_reversal", currency, amount, reversal.Id)
        {
            Against = Ledger.Transit,
            AvailableOn = availableOn,
            Description = call.Arguments.Text("description"),
        });
        reversal["balance_transaction"] = given.Id;
        return reversal;
    }

    static Answer List(Call call)
    {
        if (call.World.Find("transfer", call.Ids[0], call.Owner) is not { } transfer)
            return StripeError.NoSuch("transfer", call.Ids[0]);
        return Listing.Page(
            call, "transfer_reversal", $"/v1/transfers/{transfer.Id}/reversals", reversal => reversal.Copy(),
            reversal => reversal.Text("transfer") == transfer.Id);
    }

    static Answer Retrieve(Call call) =>
        call.World.Find("transfer_reversal", call.Ids[1], call.Owner) is { } found && found.Text("transfer") == call.Ids[0]
            ? found.Copy()
            : StripeError.NoSuch("transfer reversal", call.Ids[1]);
}
