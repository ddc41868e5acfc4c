using System.Net.Http.Json;
using Tallystick.Core.Ids;
using Tallystick.Server.Tests.Support;

namespace Tallystick.Server.Tests.Payments;

/// <summary>What a bank does with a payment, and what it is about.</summary>
internal static class DisputeSteps
{
    public static async Task<string> Dispute(Shop shop, long gross, long? amount = null, bool warning = false)
    {
        var charge = await shop.Database.QueryOne<string>(
            "select charge from payments.checkout where gross = @gross", new { gross }, Shop.Stop);
        var dispute = await shop.At(
            "disputes", ("charge", charge!), ("amount", $"{amount ?? gross}"), ("warning", warning ? "true" : "false"));
        return dispute["id"]!.ToString();
    }

    /// <summary>The bank decides, and it is known here.</summary>
    public static async Task Close(Shop shop, string dispute, string outcome)
    {
        await shop.At($"disputes/{dispute}/close", ("outcome", outcome));
        await Eventually.Holds(
            async () => await shop.Database.QueryOne<string>(
                "select state from payments.dispute where id = @dispute", new { dispute }, Shop.Stop) ==
                (outcome == "needs_response" ? "open" : outcome),
            $"the dispute is {outcome}");
    }

    /// <summary>Bought once for ten dollars, without a refund window, and granted.</summary>
    public static async Task Buy(Shop shop, Member buyer, Member creator)
    {
        var (work, _) = await creator.Published("Once");
        var offer = await creator.Offer(
            work, new { amount = new { minor = 1_000, currency = "USD" } },
            new { rights_scope = new[] { "ai-train" }, valid_days = 365, refund_days = 0 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/purchases")
        {
            Content = JsonContent.Create(new { offer_id = offer.ToString() }), Headers = { { "Idempotency-Key", "buy" } },
        };
        var id = PurchaseId.Parse((string)(await buyer.Http.SendAsync(request, Shop.Stop).Json())["purchase_id"]!);
        await shop.Pay(id, "4000000000000077");
        await shop.Status(id, buyer, "paid");
        await Wait.ForEvents(shop.Server);
    }

    public static Task LicenceIs(Shop shop, int status) => Eventually.Holds(
        async () => await shop.Database.QueryOne<int>(
            "select status::int from licensing.licence where purchase_id is not null", null, Shop.Stop) == status,
        $"the licence is {status}");
}
