namespace Tallystick.Xrpl.Tests.Simulator;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
