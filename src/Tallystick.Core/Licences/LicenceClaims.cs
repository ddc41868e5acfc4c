using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Licences;

/// <summary>What a licence token says. Times are seconds since 1970 (RFC 7519 NumericDate).</summary>
/// <param name="Iss">The server's public URL.</param>
/// <param name="Sub">Pairwise pseudonym of the buyer towards the creator.</param>
/// <param name="Aud"><c>tallystick-gate</c>.</param>
/// <param name="Jti">The licence.</param>
/// <param name="Iat">When it was signed.</param>
/// <param name="Nbf">From when it is valid.</param>
/// <param name="Exp">Until when it is valid.</param>
/// <param name="ContentId">The work.</param>
/// <param name="OfferId">The offer that was accepted; its price and meters apply.</param>
/// <param name="RightsScope">Uses allowed.</param>
/// <param name="Transforms">Transforms allowed.</param>
/// <param name="MaxUses">Uses allowed, null for any number.</param>
/// <param name="RoyaltyPercent">The creators' share of the price in percent, as a decimal text such as <c>85</c> or <c>87.5</c>.</param>
/// <param name="Terms">Hash of the terms, see <see cref="Offers.Terms.Hash"/>.</param>
/// <param name="Status">Where the licence's status stands (Token Status List).</param>
/// <param name="Cnf">RFC 7800 key of the holder, when the licence is bound to one.</param>
public sealed record LicenceClaims(
    string Iss,
    BuyerPseudonym Sub,
    string Aud,
    LicenceId Jti,
    long Iat,
    long Nbf,
    long Exp,
    WorkId ContentId,
    OfferId OfferId,
    IReadOnlyList<string> RightsScope,
    IReadOnlyList<string> Transforms,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? MaxUses,
    string RoyaltyPercent,
    string Terms,
    LicenceStatusClaim Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonObject? Cnf = null);

/// <summary>The <c>status</c> claim of draft-ietf-oauth-status-list.</summary>
/// <param name="StatusList">Index and address.</param>
public sealed record LicenceStatusClaim(StatusListEntry StatusList);

/// <summary>One bit of a published list.</summary>
/// <param name="Idx">Index of the entry.</param>
/// <param name="Uri">The list.</param>
public sealed record StatusListEntry(long Idx, string Uri);
