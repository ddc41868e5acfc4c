using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Customers, as far as Checkout can name one.</summary>
internal static class Customers
{
    static readonly Parameter[] Fields =
    [
        P.Text("email", 512).Unsettable(), P.Text("name", 256).Unsettable(), P.Text("phone", 20).Unsettable(),
        P.Text("description").Unsettable(), P.Metadata(),
    ];

    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/customers", Create, Fields),
        Operation.List("/v1/customers", List, P.Created, P.Text("email", 512)),
        Operation.Get("/v1/customers/{id}", Render.Retrieve("customer")),
        Operation.Post("/v1/customers/{id}", Update, Fields),
    ];

    static Answer Create(Call call)
    {
        var id = call.World.NextId("cus_", 14);
        var customer = call.World.Add("customer", id, call.Owner);
        customer["invoice_prefix"] = call.World.NextId("", 8).ToUpperInvariant();
        Apply(customer, call.Arguments);
        Events.Emit(call.World, "customer.created", call.Owner, Render.One(call.World, customer));
        return Render.One(call.World, customer);
    }

    static Answer Update(Call call)
    {
        if (call.World.Find("customer", call.Ids[0], call.Owner) is not { } customer)
            return StripeError.NoSuch("customer", call.Ids[0]);
        var before = customer.Copy();
        Apply(customer, call.Arguments);
        var after = Render.One(call.World, customer);
        if (Events.Difference(before, after) is { Count: > 0 } changed)
            Events.Emit(call.World, "customer.updated", call.Owner, after, changed);
        return Render.One(call.World, customer);
    }

    static Answer List(Call call)
    {
        var email = call.Arguments.Text("email");
        return Listing.Page(call, "customer", "/v1/customers", resource => Render.One(call.World, resource), customer =>
            call.Arguments.InRange("created", customer.Created) && (email is null || customer.Text("email") == email));
    }

    static void Apply(Resource customer, Arguments given)
    {
        foreach (var field in new[] { "email", "name", "phone", "description" })
            if (given.Has(field))
                customer[field] = given.Text(field);
        if (given.Has("metadata"))
            customer["metadata"] = given.Metadata(customer.Object("metadata"));
    }
}
