using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tallystick.Core.Catalog;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;
using Tallystick.Core.Licences;
using Tallystick.Gate.Delivery;

namespace Tallystick.Gate.Feed;

/// <summary>What the feed adds up to. Written by the follower alone, read by every request without a lock.</summary>
internal sealed class Catalog(BlobCache blobs)
{
    // An older gate must read what a newer server adds.
    private static readonly JsonSerializerOptions Lenient =
        new(TallyJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private readonly ConcurrentDictionary<string, FileEntry> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<WorkId, FeedWork> _works = new();
    private readonly ConcurrentDictionary<VersionId, FeedWork> _versions = new();
    private readonly ConcurrentDictionary<OfferId, FeedOffer> _offers = new();
    private readonly ConcurrentDictionary<WorkId, FeedOffer[]> _onSale = new();
    private readonly ConcurrentDictionary<LicenceId, FeedLicenceStatus> _statuses = new();
    private readonly Dictionary<string, FeedSigningKey> _keys = new(StringComparer.Ordinal);
    private VerificationKeys _verification = VerificationKeys.None;

    /// <summary>Keys that licences are verified with; another object whenever they changed.</summary>
    public VerificationKeys Keys => Volatile.Read(ref _verification);

    public int Works => _works.Count;

    /// <summary>
    /// By the URL's path, decoded: <c>/w/{work}/{path}</c> for the newest version, <c>/v/{version}/{path}</c> for a certain one.
    /// </summary>
    public bool TryFile(string urlPath, [NotNullWhen(true)] out FileEntry? file) => _files.TryGetValue(urlPath, out file);

    /// <summary>True while a file that can be asked for has this content.</summary>
    public bool Names(Blob blob) => _files.Values.Any(f => f.Blob == blob);

    public bool TryWork(WorkId id, [NotNullWhen(true)] out FeedWork? work) => _works.TryGetValue(id, out work);

    public bool TryVersion(VersionId id, [NotNullWhen(true)] out FeedWork? version) => _versions.TryGetValue(id, out version);

    public bool TryOffer(OfferId id, [NotNullWhen(true)] out FeedOffer? offer) => _offers.TryGetValue(id, out offer);

    /// <summary>
    /// What is on sale of a work, in a lasting order. Made ready when an offer comes: anybody may ask without a licence, and
    /// the answer must not cost more because others offer more.
    /// </summary>
    public IReadOnlyList<FeedOffer> OnSale(WorkId work) => _onSale.GetValueOrDefault(work, []);

    public LicenceStatus StatusOf(LicenceId licence) =>
        _statuses.TryGetValue(licence, out var status) ? status.Status : LicenceStatus.Valid;

    public string? ReasonOf(LicenceId licence) => _statuses.TryGetValue(licence, out var status) ? status.Reason : null;

    /// <summary>
    /// Takes one entry up. False when its body cannot be read; a licence's status that cannot be read counts as revoked,
    /// because the entry says that something is not simply valid.
    /// </summary>
    public bool Apply(FeedKind kind, string key, JsonNode? body)
    {
        try
        {
            return kind switch
            {
                FeedKind.SigningKey => ApplyKey(key, body.Deserialize<FeedSigningKey>(Lenient)),
                FeedKind.Work => WorkId.TryParse(key, null, out var work) && ApplyWork(work, body.Deserialize<FeedWork>(Lenient)),
                FeedKind.Version => VersionId.TryParse(key, null, out var version) &&
                    ApplyVersion(version, body.Deserialize<FeedWork>(Lenient)),
                FeedKind.Offer => OfferId.TryParse(key, null, out var offer) &&
                    ApplyOffer(offer, body.Deserialize<FeedOffer>(Lenient)),
                FeedKind.LicenceStatus => LicenceId.TryParse(key, null, out var licence) &&
                    Set(_statuses, licence, StatusIn(licence, body)),
                _ => true,
            };
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Forgets everything: the server's feed began anew.</summary>
    public void Clear()
    {
        _files.Clear();
        _works.Clear();
        _versions.Clear();
        _offers.Clear();
        _onSale.Clear();
        _statuses.Clear();
        _keys.Clear();
        Volatile.Write(ref _verification, VerificationKeys.None);
    }

    private static FeedLicenceStatus? StatusIn(LicenceId licence, JsonNode? body)
    {
        try
        {
            return body.Deserialize<FeedLicenceStatus>(Lenient);
        }
        catch (JsonException)
        {
            return new FeedLicenceStatus(licence, LicenceStatus.Invalid, "Its status cannot be read by this gate.");
        }
    }

    private static bool Set<TKey, TValue>(ConcurrentDictionary<TKey, TValue> of, TKey key, TValue? value)
        where TKey : notnull
        where TValue : class
    {
        if (value is null)
        {
            of.TryRemove(key, out _);
        }
        else
        {
            of[key] = value;
        }

        return true;
    }

    private bool ApplyOffer(OfferId id, FeedOffer? offer)
    {
        if (_offers.TryGetValue(id, out var old))
        {
            Show(old.WorkId, [.. OnSale(old.WorkId).Where(o => o.OfferId != id)]);
        }

        if (offer is { OnSale: true })
        {
            Show(offer.WorkId, [.. OnSale(offer.WorkId).Append(offer).OrderBy(o => o.OfferId.Value)]);
        }

        return Set(_offers, id, offer);
    }

    private void Show(WorkId work, FeedOffer[] onSale) => Set(_onSale, work, onSale.Length == 0 ? null : onSale);

    private bool ApplyKey(string kid, FeedSigningKey? key)
    {
        if (key is null)
        {
            _keys.Remove(kid);
        }
        else
        {
            _keys[kid] = key;
        }

        var keys = new VerificationKeys(_keys.Values);
        Volatile.Write(ref _verification, keys);
        return !keys.Refused.Contains(kid);
    }

    private bool ApplyWork(WorkId id, FeedWork? work)
    {
        _works.TryGetValue(id, out var old);
        return ApplyFiles($"/w/{id}/", old, work) && Set(_works, id, work);
    }

    private bool ApplyVersion(VersionId id, FeedWork? version)
    {
        _versions.TryGetValue(id, out var old);
        return ApplyFiles($"/v/{id}/", old, version) && Set(_versions, id, version);
    }

    private bool ApplyFiles(string prefix, FeedWork? old, FeedWork? now)
    {
        if (now is not null && now.Files.Any(f => f.SizeBytes < 0 || !BlobPath.IsSha256(f.Sha256)))
        {
            return false;
        }

        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in now?.Files ?? [])
        {
            paths.Add(file.Path);
            _files[prefix + file.Path] = EntryOf(now!, file);
        }

        foreach (var file in old?.Files ?? [])
        {
            if (!paths.Contains(file.Path))
            {
                _files.TryRemove(prefix + file.Path, out _);
            }
        }

        return true;
    }

    /// <summary>A file that did not change is one entry: versions mostly differ in little.</summary>
    private FileEntry EntryOf(FeedWork of, FeedFile file) =>
        (_files.TryGetValue($"/v/{of.VersionId}/{file.Path}", out var known) && known.File == file) ||
        (_files.TryGetValue($"/w/{of.WorkId}/{file.Path}", out known) && known.File == file)
            ? known
            : new FileEntry(of.WorkId, file, blobs.Named(file.Sha256, file.SizeBytes));
}
