using System.Text.Json.Nodes;

namespace Tallystick.Xrpl.Transactions;

/// <summary>What a payment really delivered, read from its metadata; never from Amount, which can lie.</summary>
/// <remarks>https://xrpl.org/docs/concepts/payment-types/partial-payments</remarks>
public abstract record DeliveredAmount
{
    private const string Success = "tesSUCCESS";

    private DeliveredAmount()
    {
    }

    /// <summary>
    /// The drops that the receiver got: 0 when it is certain that no XRP arrived, null when it is not known.
    /// </summary>
    public Drops? CreditedDrops => this switch
    {
        Delivered { Amount: Amount.Xrp xrp } => xrp.Drops,
        Delivered or NothingDelivered => new Drops(0),
        _ => null,
    };

    /// <summary>
    /// Reads the result of the API's <c>tx</c> (version 1 or 2). Only a validated, successful Payment with a
    /// delivered amount counts as delivered.
    /// </summary>
    public static DeliveredAmount FromTx(JsonObject result)
    {
        var transaction = result["tx_json"] as JsonObject ?? result;
        if (result["validated"] is not JsonValue validated || !validated.TryGetValue<bool>(out var isFinal) || !isFinal)
        {
            return new Unknown("not in a validated ledger");
        }

        if (!TryText(transaction["TransactionType"], out var type) || type != nameof(Payment))
        {
            return new Unknown("not a Payment");
        }

        return result["meta"] is JsonObject meta ? FromMetadata(meta) : new Unknown("no metadata in JSON");
    }

    /// <summary>Reads the metadata of a payment that stands in a validated ledger.</summary>
    public static DeliveredAmount FromMetadata(JsonObject meta)
    {
        if (!TryText(meta["TransactionResult"], out var result))
        {
            return new Unknown("no TransactionResult");
        }

        if (result.StartsWith("tec", StringComparison.Ordinal))
        {
            return new NothingDelivered(result);
        }

        if (result != Success)
        {
            return new Unknown($"{result} is no final result");
        }

        if (meta["delivered_amount"] is not { } delivered)
        {
            return new Unknown("no delivered_amount");
        }

        if (TryText(delivered, out var text) && text == "unavailable")
        {
            return new Unknown("delivered_amount is unavailable (a partial payment before 2014)");
        }

        try
        {
            return new Delivered(Amount.FromJson(delivered));
        }
        catch (XrplFormatException problem)
        {
            return new Unknown($"delivered_amount: {problem.Message}");
        }
    }

    private static bool TryText(JsonNode? node, out string text)
    {
        text = "";
        return node is JsonValue value && value.TryGetValue(out text!);
    }

    /// <summary>This arrived.</summary>
    /// <param name="Amount">How much of what. Compare currency and issuer before calling it paid.</param>
    public sealed record Delivered(Amount Amount) : DeliveredAmount;

    /// <summary>The transaction is final and delivered nothing; only the fee was paid.</summary>
    /// <param name="Result">The <c>tec</c> code.</param>
    public sealed record NothingDelivered(string Result) : DeliveredAmount;

    /// <summary>It cannot be said what arrived: grant nothing for it.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Unknown(string Reason) : DeliveredAmount;
}
