using System.Diagnostics.CodeAnalysis;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>Checks shared by the routes that start a payment.</summary>
internal static class PaymentInput
{
    public const string KeyHeader = "Idempotency-Key";
    private const int KeyLengthMost = 200;
    private const int UrlLengthMost = 1_000;

    /// <summary>The caller's key: visible ASCII, so that it is the same text everywhere.</summary>
    public static bool Key(HttpRequest request, Dictionary<string, string[]> errors, [NotNullWhen(true)] out string? key)
    {
        key = request.Headers[KeyHeader] is [{ Length: > 0 and <= KeyLengthMost } one] &&
            one.All(c => c is > ' ' and <= '~') ? one : null;
        if (key is null)
        {
            errors[KeyHeader] = [$"This header is needed once: 1 to {KeyLengthMost} visible ASCII characters, new for every new payment."];
        }

        return key is not null;
    }

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
