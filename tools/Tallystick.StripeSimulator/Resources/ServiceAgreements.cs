using Tallystick.StripeSimulator.Engine;
using Tallystick.StripeSimulator.Wire;

namespace Tallystick.StripeSimulator.Resources;

/// <summary>
/// What the real one asks of accounts abroad: a platform in the United States opens them without cards only under the recipients'
/// agreement, and none at home under that; those of far countries can be paid under no other.
/// </summary>
internal static class ServiceAgreements
{
    static readonly HashSet<string> EconomicArea = new(StringComparer.Ordinal)
    {
        "AT", "BE", "BG", "CZ", "DE", "DK", "ES", "FI", "FR", "HU", "IE", "IT", "LU", "NL", "NO", "PL", "PT", "RO", "SE",
    };

    public static StripeError? Refuse(World world, string country, Arguments given)
    {
        var platform = world.Platform.Text("country")!;
        var isRecipient = given.Object("tos_acceptance")?.Text("service_agreement") == "recipient";
        if (!isRecipient)
        {
            // With cards an account of another region can be opened, and is paid directly.
            return Region(country) != Region(platform) && Wants(given, "transfers") && !Wants(given, "card_payments")
                ? StripeError.Invalid(
                    $"You cannot request the `transfers` capability without the `card_payments` capability for accounts in {country}.",
                    "capabilities")
                : null;
        }

        // Brazil is abroad and has none either.
        if (platform != "US" || country is "US" or "BR")
            return StripeError.Invalid(
                $"The recipient ToS agreement is not supported for platforms in {platform} creating accounts in {country}.",
                "tos_acceptance[service_agreement]");
        return Wants(given, "card_payments")
            ? StripeError.Invalid(
                "Accounts under the recipient service agreement cannot request the `card_payments` capability.", "capabilities")
            : null;
    }

    public static StripeError? RefuseTransfer(World world, Resource destination)
    {
        var country = destination.Text("country")!;
        return Region(country) == Region(world.Platform.Text("country")!) || IsNear(country)
            || destination.Object("tos_acceptance")["service_agreement"]?.GetValue<string>() == "recipient"
            ? null
            : StripeError.Invalid(
                $"Funds can't be sent to accounts located in {country} when the account is under the `full` service agreement.",
                "destination", "transfers_not_allowed");
    }

    // Between these money moves under either agreement.
    static bool IsNear(string country) => country is "US" or "CA" or "GB" or "CH" || EconomicArea.Contains(country);

    static bool Wants(Arguments given, string capability) =>
        given.Object("capabilities")?.Object(capability)?.Boolean("requested") == true;

    static string Region(string country) => EconomicArea.Contains(country) ? "EEA" : country;
}
