using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>What a session needs later and does not show: its items, and what the payment intent will carry.</summary>
internal sealed record SessionFacts(
    JsonArray LineItems, JsonObject IntentMetadata, string? TransferGroup, string? Description, string? StatementSuffix,
    string? ReceiptEmail);

/// <summary>Hosted checkout for one-off payments.</summary>
internal static class CheckoutSessions
{
    const long LifetimeMinSeconds = 30 * 60;
    const long LifetimeMaxSeconds = 24 * 3600;

    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/checkout/sessions", Create,
            P.Choice("mode", "payment").Required(),
            P.List("line_items", P.Object("item",
                P.Object("price_data",
                    P.Currency().Required(),
                    P.Amount("unit_amount", min: 0).Required(),
                    P.Choice("tax_behavior", "exclusive", "inclusive", "unspecified"),
                    P.Object("product_data", P.Text("name", 250).Required(), P.Text("description"), P.Metadata(),
                        P.List("images", P.Url("item"), 8), P.Text("tax_code", 20), P.Text("unit_label", 12)).Required())
                .Required(),
                P.Integer("quantity", 1, 1_000_000).Required(),
                P.Metadata())).Required(),
            P.Url("success_url").Required(),
            P.Url("cancel_url"),
            P.Text("client_reference_id", 200),
            P.Text("customer", 255),
            P.Text("customer_email", 800),
            P.Choice("customer_creation", "always", "if_required"),
            P.Integer("expires_at", 0),
            P.Metadata(),
            P.Choice("ui_mode", "hosted_page"),
            P.Text("locale", 10),
            P.Choice("submit_type", "auto", "book", "donate", "pay"),
            P.List("payment_method_types", P.Choice("item", "card"), 1),
            P.Object("payment_intent_data", P.Metadata(), P.Text("transfer_group", 255), P.Text("description", 1000),
                P.Text("statement_descriptor_suffix", 22), P.Text("receipt_email", 800),
                P.Choice("capture_method", "automatic", "automatic_async"))),
        Operation.List("/v1/checkout/sessions", List, P.Created, P.Text("customer", 255), P.Text("payment_intent", 255),
            P.Choice("status", "complete", "expired", "open")),
        Operation.Get("/v1/checkout/sessions/{id}", Render.Retrieve("checkout.session")),
        Operation.Post("/v1/checkout/sessions/{id}", Render.Update("checkout.session"), P.Metadata()),
        Operation.Post("/v1/checkout/sessions/{id}/expire", Expire),
        Operation.List("/v1/checkout/sessions/{id}/line_items", Items),
    ];

    public static JsonObject LineItems(World world, string session) =>
        Listing.Of($"/v1/checkout/sessions/{session}/line_items",
            world.SessionFacts[session].LineItems.DeepClone().AsArray());

    public static void ExpireWhenOpen(World world, Resource session)
    {
        if (session.Text("status") != "open")
            return;
        session["status"] = "expired";
        Events.Emit(world, "checkout.session.expired", session.Owner, Render.One(world, session));
    }

    static Answer Create(Call call)
    {
        var (world, given) = (call.World, call.Arguments);
        var items = given.Objects("line_items").ToList();
        if (items.Count == 0)
            return StripeError.Missing("line_items");
        var currencies = items.Select(item => item.Object("price_data")!.TextOf("currency").ToLowerInvariant());
        if (currencies.Distinct().ToList() is not [var currency])
            return StripeError.Invalid("All prices on a Checkout session must have the same currency.", "line_items");
        var expiresAt = given.Integer("expires_at") ?? world.Now + LifetimeMaxSeconds;
        if (expiresAt < world.Now + LifetimeMinSeconds)
            return StripeError.Invalid(
                "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", "expires_at");
        if (expiresAt > world.Now + LifetimeMaxSeconds)
            return StripeError.Invalid(
                "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", "expires_at");
        if (given.Has("customer") && given.Has("customer_email"))
            return StripeError.Invalid(
                "You may only specify one of these parameters: customer, customer_email.", "customer", "parameters_exclusive");
        if (given.Text("customer") is { } customer && world.Find("customer", customer, call.Owner) is null)
            return StripeError.NoSuch("customer", customer, "customer", status: 400);
        if (!world.Find(call.Owner)!.Flag("charges_enabled"))
            return StripeError.Invalid(
                "Your account cannot currently make live charges. Complete onboarding and request card_payments first.");

        var total = items.Sum(item => item.Object("price_data")!.Integer("unit_amount")!.Value * item.Integer("quantity")!.Value);
        if (total < Currencies.Minimum(currency))
            return StripeError.Invalid(
                "The Checkout Session's total amount due must add up to at least "
                + $"{Currencies.Show(Currencies.Minimum(currency), currency)}", null, "amount_too_small");
        if (total > P.AmountMax)
            return StripeError.Invalid(
                $"The total amount due must be no more than {Currencies.Show(P.AmountMax, currency)}", null, "amount_too_large");

        if (Currencies.RefuseStep(total, currency) is { } offStep)
            return offStep;

        var session = Open(call, currency, total, expiresAt);
        Keep(call, session, items);
        world.Schedule(expiresAt, TimerKind.ExpireSession, session.Id);
        return Render.One(world, session);
    }

    static Resource Open(Call call, string currency, long total, long expiresAt)
    {
        var given = call.Arguments;
        var session = call.World.Add("checkout.session", call.World.NextId("cs_test_a1", 56), call.Owner);
        session["amount_subtotal"] = total;
        session["amount_total"] = total;
        session["currency"] = currency;
        session["expires_at"] = expiresAt;
        session["metadata"] = given.Metadata();
        foreach (var field in new[]
        {
            "success_url", "cancel_url", "client_reference_id", "customer", "customer_email", "locale", "submit_type",
        })
            session[field] = given.Text(field);
        session["customer_creation"] = given.Has("customer") ? null : given.Text("customer_creation") ?? "if_required";
        return session;
    }

    static void Keep(Call call, Resource session, List<Arguments> items)
    {
        var intent = call.Arguments.Object("payment_intent_data");
        var lines = new JsonArray([.. items.Select(item => (JsonNode)LineItem(call.World, item))]);
        call.World.SessionFacts[session.Id] = new SessionFacts(
            lines,
            intent?.Metadata() ?? [],
            intent?.Text("transfer_group"),
            intent?.Text("description"),
            intent?.Text("statement_descriptor_suffix"),
            intent?.Text("receipt_email"));
    }

    static JsonObject LineItem(World world, Arguments given)
    {
        var data = given.Object("price_data")!;
        var (unit, quantity) = (data.Integer("unit_amount")!.Value, given.Integer("quantity")!.Value);
        var currency = data.TextOf("currency").ToLowerInvariant();
        var item = Shape.Of("item");
        item["id"] = world.NextId("li_");
        item["amount_subtotal"] = unit * quantity;
        item["amount_total"] = unit * quantity;
        item["currency"] = currency;
        item["description"] = data.Object("product_data")!.Text("name");
        item["quantity"] = quantity;
        item["metadata"] = given.Metadata();
        var price = item["price"]!.AsObject();
        price["id"] = world.NextId("price_");
        price["product"] = world.NextId("prod_", 14);
        price["created"] = world.Now;
        price["currency"] = currency;
        price["unit_amount"] = unit;
        price["unit_amount_decimal"] = unit.ToString(System.Globalization.CultureInfo.InvariantCulture);
        price["tax_behavior"] = data.Text("tax_behavior") ?? "unspecified";
        return item;
    }

    static Answer Expire(Call call)
    {
        if (call.World.Find("checkout.session", call.Ids[0], call.Owner) is not { } session)
            return StripeError.NoSuch("checkout.session", call.Ids[0]);
        if (session.Text("status") != "open")
            return StripeError.Invalid(
                $"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
                + $"`{session.Text("status")}`.");
        ExpireWhenOpen(call.World, session);
        return Render.One(call.World, session);
    }

    static Answer List(Call call)
    {
        var (customer, intent) = (call.Arguments.Text("customer"), call.Arguments.Text("payment_intent"));
        var status = call.Arguments.Text("status");
        return Listing.Page(
            call, "checkout.session", "/v1/checkout/sessions", resource => Render.One(call.World, resource), session =>
                call.Arguments.InRange("created", session.Created)
                && (customer is null || session.Text("customer") == customer)
                && (intent is null || session.Text("payment_intent") == intent)
                && (status is null || session.Text("status") == status));
    }

    // At most 100 items a session: one page always holds them all.
    static Answer Items(Call call) =>
        call.World.Find("checkout.session", call.Ids[0], call.Owner) is { } session
            ? LineItems(call.World, session.Id)
            : StripeError.NoSuch("checkout.session", call.Ids[0]);
}
