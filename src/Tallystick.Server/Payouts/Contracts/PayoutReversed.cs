using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payouts.Contracts;

/// <summary>All of a payout was taken back at the gateway after it had been paid: what it paid is owed again.</summary>
internal sealed record PayoutReversed(PayoutId PayoutId, OrganisationId OrganisationId) : IEvent
{
    public static string Type => "payout.reversed";

    string IEvent.Key => OrganisationId.ToString();
}
