using System.Globalization;

namespace Tallystick.Core.Json;

/// <summary>
/// Instants as text. An offset is needed: without one the same text would be another instant on a host in another zone,
/// and a billing run would be cut hours from where it was meant.
/// </summary>
public static class Instants
{
    /// <summary>What to tell who left it out.</summary>
    public const string Expected = "An instant with its offset, such as 2026-11-29T12:00:00Z or 2026-11-29T13:00:00+01:00.";

    /// <summary>An instant of ISO 8601 with date, time and offset.</summary>
    public static bool TryParse(string? text, out DateTimeOffset instant)
    {
        instant = default;
        return HasOffset(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out instant);
    }

    /// <summary>Whether a text that is an instant of ISO 8601 says its offset.</summary>
    public static bool HasOffset(string? text) =>
        text?.IndexOf('T', StringComparison.Ordinal) is { } time and > 0 &&
        (text[^1] == 'Z' || text.AsSpan(time).IndexOfAny('+', '-') >= 0);
}
