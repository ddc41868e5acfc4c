using System.Security.Cryptography;
using Tallystick.Core.Gates;
using Tallystick.Core.Ids;
using Tallystick.Core.Licences;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Licensing.Contracts;

namespace Tallystick.Server.Licensing;

/// <summary>Signs tokens from what is stored, and reads tokens back. No token is stored: a database holds no credentials.</summary>
internal sealed class LicenceTokens(
    Database database, SigningKeys keys, PublishedKeys published, FoundationOptions foundation, IdSource ids)
{
    /// <summary>
    /// A token is valid a little earlier than it was signed: a verifier whose clock is behind would refuse it to a buyer who has just got it.
    /// </summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private const string Select =
        """
        select id, offer_id, work_id, buyer, creator, pseudonym, rights_scope, transforms, max_uses, royalty_percent,
          terms_hash, not_before, expires, status::int as status, list, index from licensing.licence
        """;

    /// <summary>The licence as a signed token, valid until the licence expires.</summary>
    public async Task<SignedLicence?> Sign(LicenceId id, CancellationToken stop) => await database.InTransaction(
        async tx =>
        {
            if (await Find(tx, id) is not { } licence)
            {
                return null;
            }

            var key = await keys.ForSigning(tx, SigningKeys.LicenceUse, licence.Expires);
            var claims = new LicenceClaims(
                foundation.PublicUrl,
                licence.Pseudonym,
                LicenceToken.Audience,
                licence.Id,
                ids.Now.ToUnixTimeSeconds(),
                (licence.NotBefore - ClockSkew).ToUnixTimeSeconds(),
                licence.Expires.ToUnixTimeSeconds(),
                licence.WorkId,
                licence.OfferId,
                licence.RightsScope,
                licence.Transforms,
                licence.MaxUses,
                licence.RoyaltyPercent,
                licence.TermsHash,
                new(new(licence.Index, StatusLists.UriOf(foundation, licence.List))));
            return new SignedLicence(licence, key.Sign((ecdsa, kid) => LicenceToken.Sign(claims, ecdsa, kid)));
        },
        stop);

    /// <summary>A short-lived token for the gate; its scope is the licence's or less.</summary>
    /// <param name="link">The only file that it opens; null for all of the work.</param>
    public Task<string> SignAccess(
        StoredLicence licence, IReadOnlyList<string> scope, DateTimeOffset expires, LinkTarget? link, CancellationToken stop) =>
        database.InTransaction(
            async tx =>
            {
                var key = await keys.ForSigning(tx, SigningKeys.AccessUse, expires);
                var claims = new AccessClaims(
                    foundation.PublicUrl,
                    licence.Pseudonym,
                    LicenceToken.Audience,
                    licence.Id.ToString(),
                    Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
                    ids.Now.ToUnixTimeSeconds(),
                    expires.ToUnixTimeSeconds(),
                    licence.Id,
                    licence.WorkId,
                    licence.OfferId,
                    scope,
                    licence.MaxUses,
                    licence.TermsHash,
                    link);
                return key.Sign((ecdsa, kid) => LicenceToken.Sign(claims, ecdsa, kid));
            },
            stop);

    /// <summary>
    /// What a token of ours is about, or null: not ours, altered, of another kind. Time and status are not judged here.
    /// </summary>
    public async Task<ReadToken?> Read(string token, CancellationToken stop)
    {
        var known = new VerificationKeys(await published.All(stop));
        return LicenceToken.Verify(token.AsSpan(), known).Facts is { } facts &&
            await database.InTransaction(tx => Find(tx, facts.LicenceId), stop) is { } licence
            ? new(facts, licence)
            : null;
    }

    private static Task<StoredLicence?> Find(Tx tx, LicenceId id) =>
        tx.QueryOne<StoredLicence>($"{Select} where id = @id", new { id });
}

/// <summary>A licence as the token slices need it.</summary>
internal sealed record StoredLicence(
    LicenceId Id,
    OfferId OfferId,
    WorkId WorkId,
    OrganisationId Buyer,
    OrganisationId Creator,
    BuyerPseudonym Pseudonym,
    string[] RightsScope,
    string[] Transforms,
    long? MaxUses,
    string RoyaltyPercent,
    string TermsHash,
    DateTimeOffset NotBefore,
    DateTimeOffset Expires,
    LicenceStatus Status,
    int List,
    int Index);

/// <summary>A token whose signature holds, and the licence it speaks of.</summary>
internal sealed record ReadToken(TokenFacts Facts, StoredLicence Licence)
{
    /// <summary>Whether it opens anything at this instant.</summary>
    public bool IsActiveAt(DateTimeOffset now) =>
        Licence.Status == LicenceStatus.Valid && Facts.NotBefore <= now.ToUnixTimeSeconds() &&
        now.ToUnixTimeSeconds() < Facts.Expires;

    /// <summary>Whose it is: buyer, creator and operator.</summary>
    public bool ConcernsCaller(Caller caller) =>
        caller.Organisation == Licence.Buyer || caller.Organisation == Licence.Creator || caller.IsOperator;
}

internal sealed record SignedLicence(StoredLicence Licence, string Token);
