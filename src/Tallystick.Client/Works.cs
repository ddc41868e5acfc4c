using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;

namespace Tallystick.Client;

/// <summary>Where content comes from and under which licence its creator holds it.</summary>
public sealed record Provenance(string Name, string Licence, string? Url = null);

/// <summary>A work to be made.</summary>
/// <param name="Kind"><c>dataset</c>, <c>text</c>, <c>image</c>, <c>audio</c>, <c>video</c>, <c>code</c>, <c>model</c> or <c>other</c>.</param>
/// <param name="Language">BCP 47, null for none.</param>
public sealed record NewWork(
    string Title, Provenance Source, string Description = "", string Kind = "dataset", string? Language = null);

/// <summary>A work in a list.</summary>
/// <param name="VersionId">The published version; null for a draft.</param>
public sealed record WorkEntry(
    WorkId WorkId, string Title, string Description, string Kind, OrganisationId Creator, string? Language = null,
    VersionId? VersionId = null, DateTimeOffset? PublishedAt = null);

/// <summary>A version of a work.</summary>
/// <param name="Hash">SHA-256 over all its files; null while it is a draft.</param>
public sealed record WorkVersion(
    VersionId VersionId, int Number, int FileCount, long SizeBytes, string? Hash = null, DateTimeOffset? PublishedAt = null);

/// <summary>A file of a version.</summary>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record WorkFile(
    string Path, UnitId UnitId, string UnitKind, string Sha256, long SizeBytes, string MediaType);

/// <summary>A price as the server words it.</summary>
/// <param name="Meter">What is counted: <c>none</c> (paid once), <c>bytes_delivered</c>, <c>segment_unlocked</c>, …</param>
/// <param name="Per">How many of the meter's units <paramref name="Amount"/> buys.</param>
/// <param name="Text">For people.</param>
public sealed record PriceView(Money Amount, string Meter, long Per, string Text)
{
    /// <summary>True when it is paid once, before delivery, and is not free.</summary>
    public bool IsPurchase => Meter == "none" && Amount.Minor > 0;

    /// <summary>True when using the work is charged to nobody: it was paid once, or it is free.</summary>
    public bool CostsNothingMore => Meter == "none" || Amount.Minor == 0;
}

/// <summary>An offer: price and terms, which never change.</summary>
/// <param name="Hash">SHA-256 of work, terms and price, base64url.</param>
/// <param name="Summary">Terms and price in one sentence.</param>
public sealed record OfferView(
    OfferId OfferId, WorkId WorkId, string Title, OrganisationId Creator, PriceView Price, Terms Terms, string Hash,
    string Summary, bool OnSale);

/// <summary>A work with what a buyer wants to know.</summary>
public sealed record WorkView(
    WorkId WorkId, OrganisationId Creator, string Title, string Description, string Kind, Provenance Source,
    IReadOnlyList<WorkVersion> Versions, IReadOnlyList<OfferView> Offers, IReadOnlyList<WorkFile> Files,
    VersionId? VersionId = null, DateTimeOffset? PublishedAt = null);

public sealed partial class TallyClient
{
    /// <summary>Published works, newest first.</summary>
    /// <param name="words">Searched for in title and description; null for all.</param>
    /// <param name="mine">One's own, drafts too.</param>
    public Task<ListPage<WorkEntry>> Works(string? words, bool mine, string? after, CancellationToken stop) =>
        Get<ListPage<WorkEntry>>(
            "v1/works" + Query(("q", words), ("mine", mine ? true : null), ("limit", 50), ("after", after)), stop);

    /// <summary>One work with its versions, offers and first files.</summary>
    public Task<WorkView> Work(WorkId work, CancellationToken stop) => Get<WorkView>($"v1/works/{work}", stop);

    /// <summary>Files of a version in order of path, two hundred a page.</summary>
    public Task<ListPage<WorkFile>> Files(WorkId work, VersionId version, string? after, CancellationToken stop) =>
        Get<ListPage<WorkFile>>($"v1/works/{work}/versions/{version}/files" + Query(("limit", 200), ("after", after)), stop);

    /// <summary>Makes a work, without content so far.</summary>
    public async Task<WorkId> CreateWork(NewWork work, CancellationToken stop) =>
        (await Post<MadeWork>("v1/works", work, stop)).WorkId;

    /// <summary>Publishes a draft: from now on it is what is delivered, and it never changes.</summary>
    /// <param name="meant">The <see cref="Core.Catalog.VersionHash"/> of what is meant; null for whatever the draft holds.</param>
    /// <exception cref="TallyProblemException">The draft holds something else than what is meant; nothing was published.</exception>
    public Task<WorkVersion> PublishVersion(WorkId work, VersionId version, CancellationToken stop, string? meant = null) =>
        Post<WorkVersion>($"v1/works/{work}/versions/{version}/publish", meant is null ? null : new { hash = meant }, stop);

    /// <summary>Throws a draft away, with what was uploaded to it.</summary>
    /// <exception cref="TallyProblemException">The version is published, or there is none (any more).</exception>
    public Task DiscardVersion(WorkId work, VersionId version, CancellationToken stop) =>
        Delete($"v1/works/{work}/versions/{version}", stop);

    /// <summary>Removes a file from a draft.</summary>
    /// <param name="path">Its name in the work, forward slashes, not escaped.</param>
    /// <exception cref="TallyProblemException">The version is published, or there is no such file (any more).</exception>
    public Task RemoveFile(WorkId work, VersionId version, string path, CancellationToken stop) =>
        Delete(FileAddress(work, version, path), stop);

    /// <summary>Where a file of a version is written and removed.</summary>
    internal static string FileAddress(WorkId work, VersionId version, string path) =>
        $"v1/works/{work}/versions/{version}/files/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>Offers a published work.</summary>
    public Task<OfferView> CreateOffer(WorkId work, Terms terms, Price price, CancellationToken stop) =>
        Post<OfferView>(
            $"v1/works/{work}/offers",
            new { terms, price = new { price.Amount, price.Meter, price.Per } },
            stop);

    /// <summary>An offer, also one that was withdrawn.</summary>
    public Task<OfferView> Offer(OfferId offer, CancellationToken stop) => Get<OfferView>($"v1/offers/{offer}", stop);

    /// <summary>Takes an offer off the shelf. Licences already granted go on.</summary>
    public Task WithdrawOffer(OfferId offer, CancellationToken stop) =>
        Post<object?>($"v1/offers/{offer}/withdraw", null, stop);

    private sealed record MadeWork(WorkId WorkId);
}
