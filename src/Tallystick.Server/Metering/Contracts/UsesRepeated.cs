using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>Gates reported uses that were counted before: what they were leased for them is nobody's need any more.</summary>
/// <param name="LicenceId">The licence.</param>
/// <param name="Uses">How many.</param>
internal sealed record UsesRepeated(LicenceId LicenceId, long Uses) : IEvent
{
    public static string Type => "usage.repeated";

    string IEvent.Key => LicenceId.ToString();
}
