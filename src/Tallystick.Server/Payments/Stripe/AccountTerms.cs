using System.Collections.Frozen;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>
/// With what a payee's account is opened, so that it can be paid across a border; it cannot be changed once it was accepted. A
/// platform in the United States pays accounts abroad under the recipients' agreement. The gateway knows none of that kind for
/// platforms elsewhere: theirs abroad are under the full one, which it opens only together with cards.
/// </summary>
/// <param name="Agreement">Null for the full one, which is what an account has when none is named.</param>
/// <param name="WithCards">The account could also take cards; nobody here makes it.</param>
internal sealed record AccountTerms(string? Agreement, bool WithCards)
{
    public const string Recipient = "recipient";

    private static readonly FrozenSet<string> EconomicArea = new[]
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV",
        "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <param name="platform">Country of the platform's own account, ISO 3166-1.</param>
    /// <param name="payee">Country of the payee.</param>
    public static AccountTerms Of(string platform, string payee) =>
        Region(platform) == Region(payee) ? new(null, false)
        : platform == "US" ? new(Recipient, false)
        : new(null, true);

    /// <summary>The European Economic Area is one, every other country is one of its own.</summary>
    private static string Region(string country) => EconomicArea.Contains(country) ? "EEA" : country;
}
