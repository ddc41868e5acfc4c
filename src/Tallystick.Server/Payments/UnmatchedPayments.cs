using System.Text.Json.Nodes;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Money that came in for a checkout of ours and is not what was asked for. It is booked, because it is there, and set aside,
/// because nobody but a person can say what it was for.
/// </summary>
internal sealed class UnmatchedPayments(Books books, SetAsides asides, TimeProvider clock)
{
    public static readonly SetAsideKind Kind = new(
        "payments.unmatched",
        "Paid, and not what was asked for",
        "Compare the charge with the checkout at the payment provider. Refund it there, or make good to the buyer by hand; the amount lies in suspense until then.",
        []);

    public async Task<SyncResult> Take(Tx tx, CheckoutRow row, StripeObject charge, StripeObject movement)
    {
        var now = clock.GetUtcNow();
        if (movement.Amount("amount") is { } settled)
        {
            var (_, available) = await GatewayMovements.Keep(tx, movement, now);
            var fee = settled with { Minor = movement.Long("fee") };
            if (!await IsPosted(tx, charge.Id))
            {
                await books.Post(tx, PaymentPostings.Unmatched(charge.Id, settled, fee, available, charge.Time("created")));
            }
        }

        await asides.Put(
            tx, Kind.Name, charge.Id, "Amount or currency differ from what was asked for.",
            new JsonObject
            {
                ["checkout"] = row.Name, ["asked"] = row.Price.ToString(),
                ["paid"] = $"{charge.Long("amount")} {charge.Text("currency")}",
            });
        return SyncResult.Done("amount or currency differ from what was asked for: set aside");
    }

    private static async Task<bool> IsPosted(Tx tx, string charge) =>
        (await PostedEntries.Lines(tx, $"payment/{charge}/unmatched")).Count > 0;
}
