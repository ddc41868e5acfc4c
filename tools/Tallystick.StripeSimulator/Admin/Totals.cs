using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;

namespace Tallystick.StripeSimulator.Admin;

/// <summary>What happened in total, per account and currency, for comparing with somebody else's books.</summary>
internal static class Totals
{
    public static JsonObject Of(World world)
    {
        var wrong = world.Audit();
        var accounts = new JsonObject();
        foreach (var account in world.All("account"))
        {
            var currencies = new JsonObject();
            foreach (var group in world.All("balance_transaction")
                .Where(transaction => transaction.Owner == account.Id)
                .GroupBy(transaction => transaction.Text("currency")!)
                .OrderBy(group => group.Key, StringComparer.Ordinal))
                currencies[group.Key] = Sums(world, account.Id, group.Key, [.. group]);
            accounts[account.Id] = currencies;
        }

        return new JsonObject
        {
            ["now"] = world.Now,
            ["platform"] = world.Platform.Id,
            ["balanced"] = wrong.Count == 0,
            ["wrong"] = new JsonArray([.. wrong.Select(line => (JsonNode)line)]),
            ["accounts"] = accounts,
            ["undelivered_events"] = world.Undelivered.Count,
        };
    }

    static JsonObject Sums(World world, string owner, string currency, List<Resource> transactions)
    {
        long Sum(params ReadOnlySpan<string> types)
        {
            var sum = 0L;
            foreach (var transaction in transactions)
                if (types.Contains(transaction.Text("type")!))
                    sum += transaction.Long("amount");
            return sum;
        }

        return new JsonObject
        {
            ["charges"] = Sum("charge"),
            ["fees"] = transactions.Sum(transaction => transaction.Long("fee")),
            ["refunds"] = -Sum("refund", "refund_failure"),
            ["disputes"] = -Sum("adjustment"),
            ["transfers_out"] = -Sum("transfer"),
            ["transfers_in"] = Sum("payment"),
            ["reversals_in"] = Sum("transfer_refund"),
            ["reversals_out"] = -Sum("payment_refund"),
            ["payouts"] = -Sum("payout", "payout_failure"),
            ["moved_by_hand"] = Sum("stripe_fee", "tax_fee", "topup"),
            ["available"] = world.Ledger.Balance(Ledger.Available(owner), currency),
            ["pending"] = world.Ledger.Balance(Ledger.Pending(owner), currency),
        };
    }
}
