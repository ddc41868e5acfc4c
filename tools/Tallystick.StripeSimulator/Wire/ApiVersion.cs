namespace Tallystick.StripeSimulator.Wire;

internal static class ApiVersion
{
    /// <summary>The version that the official npm package <c>stripe</c> 23.1.0 pins; the only one accepted.</summary>
    public const string Pinned = "2026-10-28.endive";
}
