using Tallystick.Core.Json;

namespace Tallystick.Server.Foundation;

/// <summary>An instant in a query. The framework's own binding of an instant takes one without an offset for the host's zone.</summary>
internal readonly record struct QueryInstant(DateTimeOffset At)
{
    public static bool TryParse(string? text, out QueryInstant instant)
    {
        var parsed = Instants.TryParse(text, out var at);
        instant = new(at);
        return parsed;
    }
}
