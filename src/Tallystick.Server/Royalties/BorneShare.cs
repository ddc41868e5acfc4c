using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;

namespace Tallystick.Server.Royalties;

/// <summary>What a payee bears of a lost top-up.</summary>
internal sealed record BorneShare(OrganisationId Payee, BorneLoss Borne)
{
    public long Total => Borne.Total;
}
