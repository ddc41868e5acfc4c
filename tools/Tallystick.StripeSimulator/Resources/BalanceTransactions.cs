using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>One change of an account's balance. Everything that moves money goes through <see cref="Record"/>.</summary>
internal static class BalanceTransactions
{
    public static readonly Operation[] Operations =
    [
        Operation.List("/v1/balance_transactions", List, P.Created, P.Currency(), P.Text("payout", 255),
            P.Text("source", 255), P.Text("type", 60)),
        Operation.Get("/v1/balance_transactions/{id}", Render.Retrieve("balance_transaction")),
    ];

    /// <summary>What is to be moved: the gross amount and the fee that Stripe keeps of it, in minor units.</summary>
    internal sealed record Movement(string Owner, string Type, string Category, string Currency, long Amount, string? Source)
    {
        public long Fee { get; init; }

        public string FeeDescription { get; init; } = "Stripe processing fees";

        /// <summary>The other side of the entry.</summary>
        public string Against { get; init; } = Ledger.Cards;

        public long AvailableOn { get; init; }

        public string? Description { get; init; }
    }

    public static Resource Record(World world, Movement asked)
    {
        // The fee is the gateway's own and follows the amount at the same rate.
        var (currency, amount, rate) = world.Settled(asked.Owner, asked.Currency, asked.Amount);
        var movement = asked with
        {
            Currency = currency, Amount = amount, Fee = world.Settled(asked.Owner, asked.Currency, asked.Fee).Amount,
        };
        var net = movement.Amount - movement.Fee;
        var isAvailable = movement.AvailableOn <= world.Now;
        var bucket = isAvailable ? Ledger.Available(movement.Owner) : Ledger.Pending(movement.Owner);
        world.Ledger.Post(
            new Posting(bucket, movement.Currency, net),
            new Posting(Ledger.Fees, movement.Currency, movement.Fee),
            new Posting(movement.Against, movement.Currency, -movement.Amount));

        var recorded = world.Add("balance_transaction", world.NextId("txn_"), movement.Owner);
        recorded["amount"] = movement.Amount;
        recorded["available_on"] = isAvailable ? world.Now : movement.AvailableOn;
        recorded["currency"] = movement.Currency;
        recorded["description"] = movement.Description;
        recorded["exchange_rate"] = rate;
        recorded["fee"] = movement.Fee;
        recorded["net"] = net;
        recorded["reporting_category"] = movement.Category;
        recorded["source"] = movement.Source;
        recorded["status"] = isAvailable ? "available" : "pending";
        recorded["type"] = movement.Type;
        if (movement.Fee != 0)
            recorded["fee_details"] = new JsonArray(new JsonObject
            {
                ["amount"] = movement.Fee,
                ["application"] = null,
                ["currency"] = movement.Currency,
                ["description"] = movement.FeeDescription,
                ["type"] = "stripe_fee",
            });
        if (!isAvailable)
            world.Schedule(movement.AvailableOn, TimerKind.SettleBalanceTransaction, recorded.Id);
        return recorded;
    }

    /// <summary>Pending money becomes available; does nothing when an admin settled it before.</summary>
    public static void Settle(World world, Resource transaction)
    {
        if (transaction.Text("status") != "pending")
            return;
        var (owner, currency, net) = (transaction.Owner, transaction.Text("currency")!, transaction.Long("net"));
        world.Ledger.Post(
            new Posting(Ledger.Pending(owner), currency, -net),
            new Posting(Ledger.Available(owner), currency, net));
        transaction["status"] = "available";
        transaction["available_on"] = world.Now;
    }

    static Answer List(Call call)
    {
        var (currency, source) = (call.Arguments.Text("currency")?.ToLowerInvariant(), call.Arguments.Text("source"));
        var (type, payout) = (call.Arguments.Text("type"), call.Arguments.Text("payout"));
        return Listing.Page(
            call, "balance_transaction", "/v1/balance_transactions", resource => Render.One(call.World, resource), t =>
                call.Arguments.InRange("created", t.Created)
                && (currency is null || t.Text("currency") == currency)
                && (source is null || t.Text("source") == source)
                && (payout is null || t.Text("source") == payout)
                && (type is null || t.Text("type") == type));
    }
}
