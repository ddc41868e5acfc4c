using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering.Contracts;

/// <summary>Usage became billable.</summary>
internal sealed record UsageSealed(SealId SealId, int Events) : IEvent
{
    public static string Type => "usage.sealed";

    string IEvent.Key => SealId.ToString();
}
