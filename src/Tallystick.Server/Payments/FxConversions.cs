using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Remembers at which rate the gateway settled what was paid in another currency.</summary>
internal static class FxConversions
{
    /// <summary>What the gateway moved, in its currency; kept with the rate when that is not the currency of what was paid.</summary>
    public static async Task<Money> Settled(Tx tx, Guid checkout, StripeObject movement, Money paid)
    {
        var settled = new Money(movement.Long("amount"), Currency.Parse(movement.Text("currency")?.ToUpperInvariant() ?? ""));
        if (settled.Currency != paid.Currency)
        {
            await tx.Execute(
                """
                insert into payments.fx_conversion (
                  balance_transaction, checkout_id, paid, paid_currency, settled, settled_currency, rate, source, at)
                values (@Id, @checkout, @Paid, @PaidIn, @Minor, @Currency, @Rate, 'stripe', @At) on conflict do nothing
                """,
                new
                {
                    movement.Id, checkout, Paid = paid.Minor, PaidIn = paid.Currency, settled.Minor, settled.Currency,
                    Rate = movement.Number("exchange_rate") ?? "", At = movement.Time("created"),
                });
        }

        return settled;
    }
}
