using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Catalog.Contracts;

/// <summary>A version became the one that is delivered.</summary>
internal sealed record WorkPublished(WorkId WorkId, VersionId VersionId) : IEvent
{
    public static string Type => "work.published";

    string IEvent.Key => WorkId.ToString();
}

/// <summary>Something can be bought.</summary>
internal sealed record OfferPublished(OfferId OfferId, WorkId WorkId) : IEvent
{
    public static string Type => "offer.published";

    string IEvent.Key => OfferId.ToString();
}

/// <summary>Something can no longer be bought; what was sold goes on.</summary>
internal sealed record OfferWithdrawn(OfferId OfferId, WorkId WorkId) : IEvent
{
    public static string Type => "offer.withdrawn";

    string IEvent.Key => OfferId.ToString();
}
