using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>Checks shared by the routes that start a payment.</summary>
internal static class PaymentInput
{
    private const int UrlLengthMost = 1_000;

    /// <summary>Where the browser goes afterwards; a page of ours when nothing is said.</summary>
    public static string Url(
        string member, string? given, string fallbackPath, FoundationOptions server, Dictionary<string, string[]> errors)
    {
        if (given is null)
        {
            return server.PublicUrl + fallbackPath;
        }

        if (given.Length > UrlLengthMost || given.Any(char.IsControl) ||
            !Uri.TryCreate(given, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            errors[member] = [$"An absolute http or https address of at most {UrlLengthMost} characters."];
        }

        return given;
    }
}
