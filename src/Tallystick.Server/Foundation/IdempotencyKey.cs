using System.Diagnostics.CodeAnalysis;

namespace Tallystick.Server.Foundation;

/// <summary>
/// The caller's name for one attempt at something that moves money: the same request under the same key is done once
/// (draft-ietf-httpapi-idempotency-key-header).
/// </summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>In characters of visible ASCII, so that a key is the same text everywhere.</summary>
    public const int LengthMost = 200;

    /// <summary>The key of a request, or what is wrong with it as an error of that header.</summary>
    public static bool Read(HttpRequest request, Dictionary<string, string[]> errors, [NotNullWhen(true)] out string? key)
    {
        key = request.Headers[Header] is [{ Length: > 0 and <= LengthMost } one] && one.All(c => c is > ' ' and <= '~') ? one : null;
        if (key is null)
        {
            errors[Header] = [$"This header is needed once: 1 to {LengthMost} visible ASCII characters, new for every new attempt."];
        }

        return key is not null;
    }

    /// <summary>Says of a route that it reads the header: the description of the API names it.</summary>
    public static RouteHandlerBuilder NeedsIdempotencyKey(this RouteHandlerBuilder route) => route.WithMetadata(new Needed());

    internal sealed record Needed;
}
