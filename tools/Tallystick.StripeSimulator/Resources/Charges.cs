using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Charges are made by Checkout and by incoming transfers; here they are read and annotated.</summary>
internal static class Charges
{
    public static readonly Operation[] Operations =
    [
        Operation.List("/v1/charges", List, P.Created, P.Text("customer", 255), P.Text("payment_intent", 255),
            P.Text("transfer_group", 255)),
        Operation.Get("/v1/charges/{id}", Render.Retrieve("charge")),
        Operation.Post("/v1/charges/{id}", Render.Update("charge", "charge.updated"), P.Metadata(),
            P.Text("description", 40000)),
    ];

    static Answer List(Call call)
    {
        var (customer, intent) = (call.Arguments.Text("customer"), call.Arguments.Text("payment_intent"));
        var group = call.Arguments.Text("transfer_group");
        return Listing.Page(call, "charge", "/v1/charges", resource => Render.One(call.World, resource), charge =>
            call.Arguments.InRange("created", charge.Created)
            && (customer is null || charge.Text("customer") == customer)
            && (intent is null || charge.Text("payment_intent") == intent)
            && (group is null || charge.Text("transfer_group") == group));
    }
}
