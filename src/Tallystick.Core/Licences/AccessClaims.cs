using System.Text.Json.Serialization;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Licences;

/// <summary>
/// What a short-lived access token says (RFC 9068, <c>typ: at+jwt</c>): a licence was exchanged for it, so that the
/// licence itself need not travel with every request. Times are seconds since 1970.
/// </summary>
/// <param name="Iss">The server's public URL.</param>
/// <param name="Sub">Pairwise pseudonym of the buyer towards the creator.</param>
/// <param name="Aud"><c>tallystick-gate</c>.</param>
/// <param name="ClientId">RFC 9068 asks for one; the licence id, which says nothing more about the buyer.</param>
/// <param name="Jti">Identity of this token, at most 64 characters.</param>
/// <param name="Iat">When it was signed; valid from then.</param>
/// <param name="Exp">Until when it is valid; never later than the licence.</param>
/// <param name="LicenceId">The licence it stands for: uses and credit are counted there.</param>
/// <param name="ContentId">The work.</param>
/// <param name="OfferId">The offer that was accepted.</param>
/// <param name="RightsScope">Uses allowed: the licence's, or fewer.</param>
/// <param name="MaxUses">The licence's, null for any number.</param>
/// <param name="Terms">Hash of the terms.</param>
/// <param name="Catu">
/// Set in a link (<c>typ: link+jwt</c>): what of a URL must match, under the name and in the form of the claim <c>catu</c> of a
/// Common Access Token (CTA-5007). It is a JWT, as all tokens here are, where CTA-5007 has CBOR.
/// </param>
public sealed record AccessClaims(
    string Iss,
    BuyerPseudonym Sub,
    string Aud,
    string ClientId,
    string Jti,
    long Iat,
    long Exp,
    LicenceId LicenceId,
    WorkId ContentId,
    OfferId OfferId,
    IReadOnlyList<string> RightsScope,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? MaxUses,
    string Terms,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LinkTarget? Catu = null);

/// <summary>Of which URL a link speaks. Its host is left open: any gate that has the file may deliver it.</summary>
/// <param name="Path">The path.</param>
public sealed record LinkTarget(LinkMatch Path);

/// <summary>How a component of a URL is compared.</summary>
/// <param name="Exact">With this text, decoded.</param>
public sealed record LinkMatch(string Exact);
