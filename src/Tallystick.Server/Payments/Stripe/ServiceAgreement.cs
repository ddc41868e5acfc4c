using System.Collections.Frozen;

namespace Tallystick.Server.Payments.Stripe;

/// <summary>
/// Under which agreement a payee's account is opened. An account of another region than the platform's receives transfers only
/// under the recipients' agreement, one of the same region only under the full one, and neither can be changed afterwards.
/// </summary>
internal static class ServiceAgreement
{
    public const string Recipient = "recipient";

    private static readonly FrozenSet<string> EconomicArea = new[]
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV",
        "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Null for the full one, which is what an account has when none is named.</summary>
    /// <param name="platform">Country of the platform's own account, ISO 3166-1.</param>
    /// <param name="payee">Country of the payee.</param>
    public static string? Of(string platform, string payee) => Region(platform) == Region(payee) ? null : Recipient;

    /// <summary>The European Economic Area is one, every other country is one of its own.</summary>
    private static string Region(string country) => EconomicArea.Contains(country) ? "EEA" : country;
}
