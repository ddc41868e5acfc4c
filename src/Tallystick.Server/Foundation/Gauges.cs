namespace Tallystick.Server.Foundation;

/// <summary>A figure that is worked out when somebody asks for the metrics.</summary>
/// <param name="Name">As it is printed.</param>
/// <param name="Tag">What tells figures of one name apart; null when there is one.</param>
internal sealed record Gauge(string Name, double Value, string? Tag = null, string TagValue = "");

/// <summary>What a module tells of itself; always the same figures, a zero too, so that an alarm sees it end.</summary>
internal sealed record GaugeSource(Func<CancellationToken, Task<IReadOnlyList<Gauge>>> Read);

internal static class GaugeRegistration
{
    /// <summary>Adds figures that a service of the container works out.</summary>
    public static IServiceCollection AddGauges<T>(
        this IServiceCollection services, Func<T, CancellationToken, Task<IReadOnlyList<Gauge>>> read)
        where T : class =>
        services.AddSingleton(provider => new GaugeSource(stop => read(provider.GetRequiredService<T>(), stop)));
}
