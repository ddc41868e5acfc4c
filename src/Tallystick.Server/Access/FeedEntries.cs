using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Server.Catalog.Contracts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Access;

/// <summary>
/// Turns what happened into what gates must know. Each handler writes the present state of the thing and not the change,
/// so that events which come twice or in another order leave the same entry.
/// </summary>
internal sealed class FeedWorks(Feed feed, Works works, AccessOptions options) : IEventHandler<WorkPublished>
{
    public static string Name => "access.feed_works";

    public async Task Handle(Tx tx, WorkPublished occurred, CancellationToken stop)
    {
        if (await works.Find(tx, occurred.WorkId) is not { Version: { } newest } work)
        {
            return;
        }

        // Before the work: whoever learns there which version is the newest can ask for it by itself.
        var versions = await Works.Versions(tx, work.WorkId);
        foreach (var version in new[] { occurred.VersionId, newest }.Distinct().Intersect(versions.Take(options.VersionsMost)))
        {
            await feed.Put(tx, FeedKind.Version, version.ToString(), await Of(tx, work, version));
        }

        foreach (var left in await Feed.Present(tx, FeedKind.Version, [.. versions.Skip(options.VersionsMost).Select(v => v.ToString())]))
        {
            await feed.Remove(tx, FeedKind.Version, left);
        }

        await feed.Put(tx, FeedKind.Work, work.WorkId.ToString(), await Of(tx, work, newest));
    }

    private static async Task<FeedWork> Of(Tx tx, WorkView work, VersionId version) => new(
        work.WorkId,
        version,
        work.Title,
        work.Creator,
        [.. (await Works.Files(tx, version)).Select(f => new FeedFile(f.UnitId, f.Path, f.Sha256, f.SizeBytes, f.MediaType, f.ModifiedAt))]);
}

internal sealed class FeedOffers(Feed feed, Offers offers, FoundationOptions options)
    : IEventHandler<OfferPublished>, IEventHandler<OfferWithdrawn>
{
    static string IEventHandler<OfferPublished>.Name => "access.feed_offers_published";

    static string IEventHandler<OfferWithdrawn>.Name => "access.feed_offers_withdrawn";

    public Task Handle(Tx tx, OfferPublished occurred, CancellationToken stop) => Put(tx, occurred.OfferId);

    public Task Handle(Tx tx, OfferWithdrawn occurred, CancellationToken stop) => Put(tx, occurred.OfferId);

    private async Task Put(Tx tx, OfferId id)
    {
        var offer = await offers.Find(tx, id) ?? throw new InvalidOperationException($"{id} was published but is not there.");
        var buyUrl = $"{options.PublicUrl}/works/{offer.WorkId}#{offer.OfferId}";
        await feed.Put(tx, FeedKind.Offer, id.ToString(), new FeedOffer(
            offer.OfferId, offer.WorkId, offer.Price, offer.Terms, offer.Summary, buyUrl, offer.OnSale));
    }
}

internal sealed class FeedLicenceStatuses(Feed feed) : IEventHandler<LicenceRevoked>
{
    public static string Name => "access.feed_licence_statuses";

    public async Task Handle(Tx tx, LicenceRevoked occurred, CancellationToken stop)
    {
        var licence = await Licences.Find(tx, occurred.LicenceId)
            ?? throw new InvalidOperationException($"{occurred.LicenceId} was revoked but is not there.");
        var key = licence.LicenceId.ToString();
        if (licence.Status == LicenceStatus.Valid)
        {
            await feed.Remove(tx, FeedKind.LicenceStatus, key);
            return;
        }

        await feed.Put(tx, FeedKind.LicenceStatus, key, new FeedLicenceStatus(
            licence.LicenceId, licence.Status, licence.StatusReason ?? occurred.Reason));
    }
}

internal sealed class FeedSigningKeys(Feed feed) : IEventHandler<SigningKeyChanged>
{
    public static string Name => "access.feed_signing_keys";

    public async Task Handle(Tx tx, SigningKeyChanged occurred, CancellationToken stop)
    {
        if (await PublishedKeys.Find(tx, occurred.Kid) is { } key)
        {
            await feed.Put(tx, FeedKind.SigningKey, key.Kid, key);
            return;
        }

        await feed.Remove(tx, FeedKind.SigningKey, occurred.Kid);
    }
}
