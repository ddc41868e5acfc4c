using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Payment intents are made by Checkout; here they are only read and annotated.</summary>
internal static class PaymentIntents
{
    public static readonly Operation[] Operations =
    [
        Operation.List("/v1/payment_intents", List, P.Created, P.Text("customer", 255)),
        Operation.Get("/v1/payment_intents/{id}", Render.Retrieve("payment_intent"), P.Text("client_secret", 500)),
        Operation.Post("/v1/payment_intents/{id}", Render.Update("payment_intent"), P.Metadata(), P.Text("description", 1000)),
    ];

    static Answer List(Call call)
    {
        var customer = call.Arguments.Text("customer");
        return Listing.Page(
            call, "payment_intent", "/v1/payment_intents", resource => Render.One(call.World, resource), intent =>
                call.Arguments.InRange("created", intent.Created)
                && (customer is null || intent.Text("customer") == customer));
    }
}
