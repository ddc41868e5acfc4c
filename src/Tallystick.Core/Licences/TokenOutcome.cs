using Tallystick.Core.Ids;

namespace Tallystick.Core.Licences;

/// <summary>Which kind of token was shown.</summary>
public enum TokenKind
{
    /// <summary>A licence, <c>typ: license+jwt</c>.</summary>
    Licence = 1,

    /// <summary>A short-lived access token, <c>typ: at+jwt</c>.</summary>
    Access = 2,

    /// <summary>What stands in a link to one file, <c>typ: link+jwt</c>.</summary>
    Link = 3,
}

/// <summary>Why a token was not accepted. The first that holds, in the order of the checks.</summary>
public enum TokenFault
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>Longer than <see cref="LicenceToken.BytesMost"/>.</summary>
    TooLong,

    /// <summary>Not three unpadded base64url parts (RFC 7515, 7.1).</summary>
    NotCompact,

    /// <summary>The header is not exactly <c>alg</c>, <c>kid</c>, <c>typ</c>.</summary>
    BadHeader,

    /// <summary><c>alg</c> is not ES256.</summary>
    WrongAlgorithm,

    /// <summary><c>typ</c> is none of <c>license+jwt</c>, <c>at+jwt</c> and <c>link+jwt</c>.</summary>
    WrongType,

    /// <summary>No key with this <c>kid</c> is known.</summary>
    UnknownKey,

    /// <summary>The key is known but may not sign this kind of token.</summary>
    WrongKeyUse,

    /// <summary>The signature is not the key's over these bytes.</summary>
    BadSignature,

    /// <summary>Signed, but a claim is missing, repeated or out of range.</summary>
    BadClaims,

    /// <summary>Signed, but meant for someone else.</summary>
    WrongAudience,

    /// <summary>Bound to a holder's key (<c>cnf</c>), so it is not a bearer token.</summary>
    HolderKeyNeeded,
}

/// <summary>What a verified token says. Signature, type and audience hold; time, status and scope are decided later.</summary>
/// <param name="Kind">Licence, access token or link.</param>
/// <param name="LicenceId">The licence that uses and credit are counted for.</param>
/// <param name="Buyer">Pseudonym of the buyer.</param>
/// <param name="WorkId">The work it is for.</param>
/// <param name="OfferId">The offer whose price applies.</param>
/// <param name="NotBefore">Seconds since 1970 from which it is valid.</param>
/// <param name="Expires">Seconds since 1970 at which it is no longer valid.</param>
/// <param name="MaxUses">Uses allowed, null for any number.</param>
/// <param name="RightsScope">Uses allowed by name.</param>
/// <param name="Terms">Hash of the terms.</param>
/// <param name="Issuer">Who signed it.</param>
/// <param name="Path">Of a link: the path, decoded, of the only file that it opens. Otherwise null.</param>
public sealed record TokenFacts(
    TokenKind Kind,
    LicenceId LicenceId,
    BuyerPseudonym Buyer,
    WorkId WorkId,
    OfferId OfferId,
    long NotBefore,
    long Expires,
    long? MaxUses,
    IReadOnlyList<string> RightsScope,
    string Terms,
    string Issuer,
    string? Path = null);

/// <summary>The facts, or why there are none.</summary>
/// <param name="Facts">Set exactly when <paramref name="Fault"/> is <see cref="TokenFault.None"/>.</param>
/// <param name="Fault">What is wrong.</param>
public readonly record struct TokenOutcome(TokenFacts? Facts, TokenFault Fault);
