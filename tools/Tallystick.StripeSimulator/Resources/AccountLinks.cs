using System.Text.Json.Nodes;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>A link to the hosted onboarding page: good once, and for a few minutes.</summary>
internal sealed record OnboardingLink(string Account, string RefreshUrl, string ReturnUrl, long ExpiresAt);

internal static class AccountLinks
{
    const long LifetimeSeconds = 300;

    public static readonly Operation[] Operations =
    [
        Operation.Post("/v1/account_links", Create,
            P.Text("account", 255).Required(),
            P.Choice("type", "account_onboarding", "account_update").Required(),
            P.Url("refresh_url").Required(),
            P.Url("return_url").Required(),
            P.Choice("collect", "currently_due", "eventually_due"),
            P.Object("collection_options", P.Choice("fields", "currently_due", "eventually_due"),
                P.Choice("future_requirements", "include", "omit"))),
    ];

    static Answer Create(Call call)
    {
        var id = call.Arguments.TextOf("account");
        if (Accounts.Find(call, id) is not { } account || account == call.World.Platform)
            return StripeError.NoSuch("account", id, "account", status: 400);
        var token = call.World.NextId("", 32);
        var expiresAt = call.World.Now + LifetimeSeconds;
        call.World.OnboardingLinks[token] = new OnboardingLink(
            id, call.Arguments.TextOf("refresh_url"), call.Arguments.TextOf("return_url"), expiresAt);
        return new JsonObject
        {
            ["created"] = call.World.Now,
            ["expires_at"] = expiresAt,
            ["object"] = "account_link",
            ["url"] = $"{call.World.PublicUrl}/setup/{token}",
        };
    }
}
