namespace Tallystick.Server.Foundation;

/// <summary>Who listens, by the name of the handler.</summary>
internal sealed class EventSubscriptions(IEnumerable<EventSubscription> subscriptions)
{
    private readonly Dictionary<string, EventSubscription> _byHandler =
        subscriptions.ToDictionary(s => s.Handler, StringComparer.Ordinal);

    public string[] Handlers { get; } = [.. subscriptions.Select(s => s.Handler)];

    public EventSubscription this[string handler] => _byHandler[handler];
}
