using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>Connected accounts: created without rights, active once onboarding is complete.</summary>
internal static class Accounts
{
    static readonly string[] OnboardingRequirements =
    [
        "business_profile.product_description", "business_profile.support_phone", "business_profile.url",
        "external_account", "tos_acceptance.date", "tos_acceptance.ip",
    ];

    static readonly Dictionary<string, string> CountryCurrency = new(StringComparer.Ordinal)
    {
        ["AE"] = "aed", ["AT"] = "eur", ["AU"] = "aud", ["BE"] = "eur", ["BG"] = "bgn", ["BR"] = "brl", ["CA"] = "cad",
        ["CH"] = "chf", ["CZ"] = "czk", ["DE"] = "eur", ["DK"] = "dkk", ["ES"] = "eur", ["FI"] = "eur", ["FR"] = "eur",
        ["GB"] = "gbp", ["HK"] = "hkd", ["HU"] = "huf", ["IE"] = "eur", ["IN"] = "inr", ["IT"] = "eur", ["JP"] = "jpy",
        ["LU"] = "eur", ["MX"] = "mxn", ["MY"] = "myr", ["NL"] = "eur", ["NO"] = "nok", ["NZ"] = "nzd", ["PL"] = "pln",
        ["PT"] = "eur", ["RO"] = "ron", ["SE"] = "sek", ["SG"] = "sgd", ["TH"] = "thb", ["US"] = "usd",
    };

    static readonly Parameter[] Profile =
    [
        P.Metadata(), P.Text("email", 800), P.Currency("default_currency"),
        P.Choice("business_type", "company", "government_entity", "individual", "non_profit"),
        P.Object("business_profile", P.Text("mcc", 4), P.Text("name"), P.Text("product_description", 40000),
            P.Text("support_email"), P.Text("support_phone"), P.Url("support_url").Unsettable(), P.Url("url")),
        P.Object("capabilities",
            P.Object("card_payments", P.Boolean("requested")), P.Object("transfers", P.Boolean("requested"))),
        P.Object("settings", P.Object("payouts", P.Boolean("debit_negative_balances"), P.Text("statement_descriptor", 22),
            P.Object("schedule", P.Choice("interval", "daily", "manual", "monthly", "weekly"),
                P.Text("delay_days", 10)))),
    ];

    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/accounts", Create,
        [
            .. Profile, P.Text("country", 2), P.Choice("type", "custom", "express", "standard"),
            P.Object("tos_acceptance", P.Choice("service_agreement", "full", "recipient")),
            P.Object("controller",
                P.Object("fees", P.Choice("payer", "account", "application")),
                P.Object("losses", P.Choice("payments", "application", "stripe")),
                P.Choice("requirement_collection", "application", "stripe"),
                P.Object("stripe_dashboard", P.Choice("type", "express", "full", "none"))),
        ]),
        Operation.List("/v1/accounts", List, P.Created),
        Operation.Get("/v1/account", call => Render.One(call.World, call.World.Find(call.Owner)!)),
        Operation.Get("/v1/accounts/{id}", call =>
            Find(call, call.Ids[0]) is { } found ? Render.One(call.World, found) : Inaccessible(call.Ids[0])),
        Operation.Post("/v1/accounts/{id}", Update, Profile),
    ];

    public static Resource AddPlatform(World world)
    {
        var platform = New(world, world.NextId("acct_", 16), "US", "usd", "standard");
        platform["email"] = "platform@example.com";
        foreach (var capability in new[] { "card_payments", "transfers" })
            platform.Object("capabilities")[capability] = "active";
        CompleteOnboarding(world, platform, isAnnounced: false);
        return platform;
    }

    /// <summary>A connected account that the platform may see; an account may also see itself.</summary>
    public static Resource? Find(Call call, string id) =>
        Connected(call.World, id) is { } found && (call.IsPlatform || call.Owner == id) ? found : null;

    /// <summary>An account of the platform's whose owner has not taken the access back.</summary>
    public static Resource? Connected(World world, string? id) =>
        world.Find("account", id, world.Platform.Id) is { } found && !world.Disconnected.Contains(found.Id) ? found : null;

    /// <summary>What the account's owner does in the dashboard: the platform is told once, and sees it no more.</summary>
    public static void Deauthorize(World world, Resource account)
    {
        world.Disconnected.Add(account.Id);
        Events.Emit(world, "account.application.deauthorized", account.Id, new JsonObject
        {
            ["id"] = "ca_simulated",
            ["object"] = "application",
            ["name"] = "Platform",
        });
    }

    public static bool HasCapability(Resource account, string capability) =>
        account.Object("capabilities")[capability]?.GetValue<string>() == "active";

    // The real interface does not tell a foreign account from one that does not exist.
    public static StripeError Inaccessible(string id) => new(403, "invalid_request_error", "account_invalid", null,
        $"The provided key 'sk_test_***' does not have access to account '{id}' (or that account does not exist). "
        + "Application access may have been revoked.");

    /// <summary>What the hosted page does when a person finishes: nothing is due any more, requested capabilities work.</summary>
    public static void CompleteOnboarding(World world, Resource account, bool isAnnounced = true)
    {
        var before = Render.One(world, account);
        account["details_submitted"] = true;
        account.Object("tos_acceptance")["date"] = world.Now;
        AddBank(world, account);
        SetRequirements(account, []);
        foreach (var (capability, _) in account.Object("capabilities").ToList())
            account.Object("capabilities")[capability] = "active";
        account["payouts_enabled"] = true;
        account["charges_enabled"] = HasCapability(account, "card_payments");
        if (isAnnounced)
            Announce(world, account, before);
    }

    /// <summary>An admin's change of one capability or of payouts, as a review by Stripe would make it.</summary>
    public static void Restrict(World world, Resource account, string? capability, string? status, bool? arePayoutsEnabled)
    {
        var before = Render.One(world, account);
        if (capability is not null)
            account.Object("capabilities")[capability] = status;
        if (arePayoutsEnabled is { } enabled)
            account["payouts_enabled"] = enabled;
        account["charges_enabled"] = HasCapability(account, "card_payments");
        Announce(world, account, before);
    }

    static Answer Create(Call call)
    {
        if (!call.IsPlatform)
            return StripeError.Invalid("You can only create new accounts if you've signed up for Connect.");
        if (call.Arguments.Has("type") && call.Arguments.Has("controller"))
            return StripeError.Invalid(
                "You may not provide the `type` parameter and `controller` parameters simultaneously. They are mutually "
                + "exclusive.", "type", "parameters_exclusive");
        var country = call.Arguments.Text("country")?.ToUpperInvariant() ?? "US";
        if (!CountryCurrency.TryGetValue(country, out var currency))
            return StripeError.Invalid(
                $"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', "
                + "'EG', or 'GB'.", "country", "country_unsupported");

        if (ServiceAgreements.Refuse(call.World, country, call.Arguments) is { } wrongAgreement)
            return wrongAgreement;

        currency = call.Arguments.Text("default_currency")?.ToLowerInvariant() ?? currency;
        var id = call.World.NextId("acct_", 16);
        var account = New(call.World, id, country, currency, call.Arguments.Text("type") ?? "standard");
        if (call.Arguments.Object("controller") is { } controller)
            Control(account, controller);
        // Told only of recipients, as by the real one.
        if (call.Arguments.Object("tos_acceptance")?.Text("service_agreement") == "recipient")
            account.Object("tos_acceptance")["service_agreement"] = "recipient";
        SetRequirements(account, OnboardingRequirements);
        Apply(account, call.Arguments);
        return Render.One(call.World, account);
    }

    static Answer Update(Call call)
    {
        if (Find(call, call.Ids[0]) is not { } account)
            return Inaccessible(call.Ids[0]);
        var before = Render.One(call.World, account);
        Apply(account, call.Arguments);
        if (call.Arguments.Text("default_currency") is { } currency)
            account["default_currency"] = currency.ToLowerInvariant();
        Announce(call.World, account, before);
        return Render.One(call.World, account);
    }

    static Answer List(Call call) =>
        Listing.Page(
            call with { Owner = call.World.Platform.Id },
            [.. call.World.All("account").Where(account => account != call.World.Platform && call.IsPlatform
                && !call.World.Disconnected.Contains(account.Id)
                && call.Arguments.InRange("created", account.Created)).Reverse()],
            "account", "/v1/accounts", account => Render.One(call.World, account));

    static Resource New(World world, string id, string country, string currency, string type)
    {
        // All accounts are the platform's objects; what happens inside one is the account's own.
        var account = world.Add("account", id, world.Platform?.Id ?? id);
        account["country"] = country;
        account["default_currency"] = currency;
        account["type"] = type;
        account.Object("external_accounts")["url"] = $"/v1/accounts/{id}/external_accounts";
        account.Object("controller")["stripe_dashboard"]!["type"] = type switch
        {
            "standard" => "full",
            "custom" => "none",
            _ => "express",
        };
        return account;
    }

    static void Control(Resource account, Arguments controller)
    {
        var controls = account.Object("controller");
        controls["fees"]!["payer"] = controller.Object("fees")?.Text("payer") ?? "account";
        controls["losses"]!["payments"] = controller.Object("losses")?.Text("payments") ?? "stripe";
        controls["requirement_collection"] = controller.Text("requirement_collection") ?? "stripe";
        controls["stripe_dashboard"]!["type"] = controller.Object("stripe_dashboard")?.Text("type") ?? "full";
        account["type"] = "none";
    }

    static void Apply(Resource account, Arguments given)
    {
        if (given.Has("metadata"))
            account["metadata"] = given.Metadata(account.Object("metadata"));
        if (given.Has("email"))
            account["email"] = given.Text("email");
        if (given.Has("business_type"))
            account["business_type"] = given.Text("business_type");
        Copy(given.Object("business_profile"), account.Object("business_profile"),
            "mcc", "name", "product_description", "support_email", "support_phone", "support_url", "url");
        var payouts = account.Object("settings")["payouts"]!.AsObject();
        Copy(given.Object("settings")?.Object("payouts"), payouts, "statement_descriptor");
        Copy(given.Object("settings")?.Object("payouts")?.Object("schedule"), payouts["schedule"]!.AsObject(), "interval");
        foreach (var name in new[] { "card_payments", "transfers" })
        {
            if (given.Object("capabilities")?.Object(name)?.Boolean("requested") is not { } isRequested)
                continue;
            var capabilities = account.Object("capabilities");
            if (!isRequested)
                capabilities.Remove(name);
            else if (!capabilities.ContainsKey(name))
                capabilities[name] = account.Flag("details_submitted") ? "active" : "inactive";
        }

        account["charges_enabled"] = HasCapability(account, "card_payments");
    }

    static void Copy(Arguments? given, JsonObject into, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (given is not null && given.Has(field))
                into[field] = given.Text(field);
    }

    static void SetRequirements(Resource account, string[] due)
    {
        var requirements = account.Object("requirements");
        requirements["currently_due"] = new JsonArray([.. due.Select(name => (JsonNode)name)]);
        requirements["eventually_due"] = new JsonArray([.. due.Select(name => (JsonNode)name)]);
        requirements["disabled_reason"] = due.Length > 0 ? "requirements.past_due" : null;
        requirements["past_due"] = new JsonArray([.. due.Select(name => (JsonNode)name)]);
    }

    static void AddBank(World world, Resource account)
    {
        var banks = account.Object("external_accounts")["data"]!.AsArray();
        if (banks.Count > 0)
            return;
        var bank = Shape.Of("bank_account");
        bank["id"] = world.NextId("ba_");
        bank["account"] = account.Id;
        bank["country"] = account.Text("country");
        bank["currency"] = account.Text("default_currency");
        banks.Add(bank);
    }

    static void Announce(World world, Resource account, JsonObject before)
    {
        var after = Render.One(world, account);
        if (Events.Difference(before, after) is { Count: > 0 } changed)
            Events.Emit(world, "account.updated", account.Id, after, changed);
    }
}
