using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tallystick.Core.Ids;
using Tallystick.Core.Offers;
using Tallystick.Core.Usage;

namespace Tallystick.Core.Gates;

// What the server tells a gate. The feed is a compacted topic: for each (kind, key) only the newest entry exists, so
// a snapshot is "everything after 0" and a delta is "everything after what I have". Entries carry a rising number.

/// <summary>What an entry of the feed is about.</summary>
public enum FeedKind
{
    /// <summary>A public key that signs licences: body <see cref="FeedSigningKey"/>, key = kid.</summary>
    SigningKey = 1,

    /// <summary>A published work: body <see cref="FeedWork"/>, key = work id.</summary>
    Work = 2,

    /// <summary>An offer that can be bought or was bought: body <see cref="FeedOffer"/>, key = offer id.</summary>
    Offer = 3,

    /// <summary>A licence that is not simply valid: body <see cref="FeedLicenceStatus"/>, key = licence id.</summary>
    LicenceStatus = 4,

    /// <summary>A version of a work that can be asked for by itself: body <see cref="FeedWork"/>, key = version id.</summary>
    Version = 5,
}

/// <summary>One entry; a null body takes the key away.</summary>
/// <param name="Seq">Rises over all kinds.</param>
/// <param name="Kind">What the body is.</param>
/// <param name="Key">Identity within the kind.</param>
/// <param name="Body">The record named at <see cref="FeedKind"/>, or null when it is gone.</param>
public sealed record FeedEntry(long Seq, FeedKind Kind, string Key, JsonNode? Body);

/// <summary>Answer of <c>GET /gate/v1/feed?after=N&amp;wait=S&amp;generation=G</c>: at most 1000 entries, in order.</summary>
/// <param name="Entries">What changed; empty when nothing did within the wait.</param>
/// <param name="Head">The newest number at the server: what is missing shows as lag.</param>
/// <param name="ServerTime">The server's clock, so that a gate can see how far its own is off.</param>
/// <param name="Generation">What the numbers belong to; the gate names it with its next question.</param>
/// <param name="FromStart">
/// What the gate has is no beginning of this feed (the server was restored to an earlier time): it forgets everything, and
/// these entries are the first of the whole.
/// </param>
public sealed record FeedPage(
    IReadOnlyList<FeedEntry> Entries,
    long Head,
    DateTimeOffset ServerTime,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Generation = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool FromStart = false);

/// <summary>An ES256 key. Kept in the feed until every licence signed with it has expired.</summary>
/// <param name="Kid">Key id.</param>
/// <param name="X">P-256 x, unpadded base64url.</param>
/// <param name="Y">P-256 y, unpadded base64url.</param>
/// <param name="Use">What may be signed: <c>licence</c> or <c>access</c>.</param>
public sealed record FeedSigningKey(string Kid, string X, string Y, string Use);

/// <summary>What a gate must know to deliver a version of a work.</summary>
/// <param name="WorkId">The work.</param>
/// <param name="VersionId">
/// Of a work: the newest published version. Of a version: itself, whatever was published since; licences are for the work.
/// </param>
/// <param name="Title">For the 402 page.</param>
/// <param name="CreatorId">Whose work it is.</param>
/// <param name="Files">Every file of the version.</param>
public sealed record FeedWork(
    WorkId WorkId, VersionId VersionId, string Title, OrganisationId CreatorId, IReadOnlyList<FeedFile> Files);

/// <summary>One file of a version; a shard is a file of a sharded data set.</summary>
/// <param name="UnitId">The unit that a use of this file counts for.</param>
/// <param name="Path">Relative, forward slashes, no dot segments: as it stands in the URL after decoding.</param>
/// <param name="Sha256">Lower-case hex: names the blob and is the strong ETag.</param>
/// <param name="SizeBytes">Length of the blob.</param>
/// <param name="MediaType">Content-Type.</param>
/// <param name="ModifiedAt">
/// Since when this path has this content, in whole seconds and never the same for two contents of a path; null when it is not known.
/// </param>
public sealed record FeedFile(
    UnitId UnitId,
    string Path,
    string Sha256,
    long SizeBytes,
    string MediaType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ModifiedAt = null);

/// <summary>An offer as a gate shows and enforces it.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="WorkId">The work it is for.</param>
/// <param name="Price">Price and meter.</param>
/// <param name="Terms">The terms.</param>
/// <param name="Summary">The terms and the price in one plain sentence.</param>
/// <param name="BuyUrl">The page that sells it.</param>
/// <param name="OnSale">False once withdrawn: licences already sold go on.</param>
public sealed record FeedOffer(
    OfferId OfferId, WorkId WorkId, Price Price, Terms Terms, string Summary, string BuyUrl, bool OnSale);

/// <summary>A licence that a gate must refuse.</summary>
/// <param name="LicenceId">The licence.</param>
/// <param name="Status">What the status list says.</param>
/// <param name="Reason">For the person who is refused.</param>
public sealed record FeedLicenceStatus(LicenceId LicenceId, LicenceStatus Status, string Reason);

/// <summary>Values of the Token Status List (two bits).</summary>
public enum LicenceStatus
{
    /// <summary>Valid.</summary>
    Valid = 0,

    /// <summary>Revoked for good.</summary>
    Invalid = 1,

    /// <summary>Suspended: may come back.</summary>
    Suspended = 2,
}

/// <summary>
/// <c>POST /gate/v1/leases</c>: asks for the right to deliver more under a licence whose quantity is limited, by a
/// wallet (the price's meter) or by <c>max_uses</c> (<see cref="Meter.SegmentUnlocked"/>). Repeating it is harmless: totals, not steps.
/// </summary>
/// <param name="LicenceId">The licence.</param>
/// <param name="Meter">What is leased.</param>
/// <param name="Epoch">The gate's epoch.</param>
/// <param name="SpentTotal">All this gate has delivered in this epoch under the licence, in the meter's unit.</param>
/// <param name="WantedTotal">How far it would like to be able to go, as a total of the same kind.</param>
/// <param name="NeededTotal">How far the deliveries that wait for the answer go; null when all that is wanted is needed.</param>
/// <param name="Version">
/// Of the newest answer about this lease that the gate has, 0 for none. A return is refused unless it is the server's newest:
/// one that was overtaken by a question would take back what the answer to that question gave.
/// </param>
public sealed record LeaseRequest(
    LicenceId LicenceId,
    Meter Meter,
    long Epoch,
    long SpentTotal,
    long WantedTotal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? NeededTotal = null,
    long Version = 0);

/// <summary>How far the gate may go. The server counts the whole grant as spent until the gate's events tell otherwise.</summary>
/// <param name="GrantedTotal">Total that may be delivered in this epoch under this licence; never falls unless returned.</param>
/// <param name="ExpiresAt">After this a connected gate asks again before it delivers more.</param>
/// <param name="Exhausted">Why no more was granted, or null when it was: <c>wallet_empty</c>, <c>uses_exhausted</c>, <c>not_active</c>.</param>
/// <param name="Version">Rises with every answer about this lease; a return names it.</param>
public sealed record LeaseGrant(
    long GrantedTotal,
    DateTimeOffset ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Exhausted = null,
    long Version = 0);

/// <summary><c>POST /gate/v1/uses</c>: whether a use was counted, at whichever gate. What was counted may be gone on with anywhere.</summary>
/// <param name="LicenceId">The licence.</param>
/// <param name="UnitId">The unit.</param>
/// <param name="Pass">First 8 bytes of SHA-256 of the pass, 16 hexadecimal digits.</param>
public sealed record UseQuestion(LicenceId LicenceId, UnitId UnitId, string Pass);

/// <summary>Answer to <see cref="UseQuestion"/>.</summary>
/// <param name="Counted">An event that counts reported it.</param>
public sealed record UseAnswer(bool Counted);
