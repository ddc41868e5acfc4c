using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>The balance of the caller, summed from the simulator's ledger.</summary>
internal static class Balances
{
    public static readonly Operation[] Operations = [Operation.Get("/v1/balance", Retrieve)];

    static Answer Retrieve(Call call)
    {
        var ledger = call.World.Ledger;
        var balance = Shape.Of("balance");
        var currencies = ledger.CurrenciesOf(Ledger.Available(call.Owner))
            .Union(ledger.CurrenciesOf(Ledger.Pending(call.Owner)))
            .DefaultIfEmpty(call.World.Find(call.Owner)!.Text("default_currency")!)
            .Order(StringComparer.Ordinal)
            .ToList();
        foreach (var currency in currencies)
        {
            balance["available"]!.AsArray().Add(Line(ledger.Balance(Ledger.Available(call.Owner), currency), currency));
            balance["pending"]!.AsArray().Add(Line(ledger.Balance(Ledger.Pending(call.Owner), currency), currency));
        }

        // Only platforms hold money back for the negative balances of their connected accounts; none is simulated.
        if (call.IsPlatform)
            balance["connect_reserved"]!.AsArray().Add(new JsonObject { ["amount"] = 0L, ["currency"] = currencies[0] });
        else
            balance.Remove("connect_reserved");
        return balance;
    }

    static JsonObject Line(long amount, string currency) => new JsonObject
    {
        ["amount"] = amount,
        ["currency"] = currency,
        ["source_types"] = new JsonObject { ["card"] = amount },
    };
}
