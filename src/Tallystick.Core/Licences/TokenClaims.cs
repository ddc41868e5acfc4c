using System.Text;
using System.Text.Json;
using Tallystick.Core.Ids;

namespace Tallystick.Core.Licences;

/// <summary>
/// The payload of a token whose signature holds. Claims that are not named here are passed over (RFC 7519, 4): a newer
/// server may say more. Those that are named must have their form and stand there once.
/// </summary>
internal static class TokenClaims
{
    private const int ScopesMost = 32;
    private const int AccessJtiCharactersMost = 64;
    private const long SecondsMost = 253_402_300_799; // the end of year 9999

    [Flags]
    private enum Claim
    {
        None = 0,
        Iss = 1,
        Sub = 2,
        Aud = 4,
        Jti = 8,
        Iat = 16,
        Nbf = 32,
        Exp = 64,
        ContentId = 128,
        OfferId = 256,
        RightsScope = 512,
        MaxUses = 1024,
        Terms = 2048,
        LicenceId = 4096,
        Cnf = 8192,
        Catu = 16384,
        Common = Iss | Sub | Aud | Jti | Iat | Exp | ContentId | OfferId | RightsScope | Terms,
        OfLicence = Common | Nbf,
        OfAccess = Common | LicenceId,
        OfLink = OfAccess | Catu,
    }

    public static TokenOutcome Read(ReadOnlySpan<byte> json, TokenKind kind)
    {
        try
        {
            var draft = new Draft { Kind = kind };
            if (!ReadMembers(json, ref draft))
            {
                return new(null, TokenFault.BadClaims);
            }

            var needed = kind switch { TokenKind.Licence => Claim.OfLicence, TokenKind.Access => Claim.OfAccess, _ => Claim.OfLink };
            var notBefore = kind == TokenKind.Licence ? draft.Nbf : draft.Iat;
            return (draft.Seen & needed) != needed || notBefore >= draft.Exp ? new(null, TokenFault.BadClaims)
                : !draft.AudienceIsOurs ? new(null, TokenFault.WrongAudience)
                : draft.Seen.HasFlag(Claim.Cnf) ? new(null, TokenFault.HolderKeyNeeded)
                : new(
                    new TokenFacts(
                        kind, draft.LicenceId, draft.Buyer, draft.WorkId, draft.OfferId, notBefore, draft.Exp,
                        draft.MaxUses, draft.RightsScope!, draft.Terms!, draft.Issuer!, draft.Path),
                    TokenFault.None);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            // The reader throws the second for text that is not UTF-8 or has a lone surrogate.
            return new(null, TokenFault.BadClaims);
        }
    }

    private static bool ReadMembers(ReadOnlySpan<byte> json, ref Draft draft)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var claim = Named(ref reader, draft.Kind);
            if ((draft.Seen & claim) != 0 || !reader.Read())
            {
                return false;
            }

            draft.Seen |= claim;
            if (!ReadValue(ref reader, claim, ref draft))
            {
                return false;
            }
        }

        return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
    }

    private static Claim Named(ref Utf8JsonReader reader, TokenKind kind) =>
        reader.ValueTextEquals("iss"u8) ? Claim.Iss
        : reader.ValueTextEquals("sub"u8) ? Claim.Sub
        : reader.ValueTextEquals("aud"u8) ? Claim.Aud
        : reader.ValueTextEquals("jti"u8) ? Claim.Jti
        : reader.ValueTextEquals("iat"u8) ? Claim.Iat
        : reader.ValueTextEquals("nbf"u8) ? Claim.Nbf
        : reader.ValueTextEquals("exp"u8) ? Claim.Exp
        : reader.ValueTextEquals("content_id"u8) ? Claim.ContentId
        : reader.ValueTextEquals("offer_id"u8) ? Claim.OfferId
        : reader.ValueTextEquals("rights_scope"u8) ? Claim.RightsScope
        : reader.ValueTextEquals("max_uses"u8) ? Claim.MaxUses
        : reader.ValueTextEquals("terms"u8) ? Claim.Terms
        : reader.ValueTextEquals("cnf"u8) ? Claim.Cnf
        : kind != TokenKind.Licence && reader.ValueTextEquals("licence_id"u8) ? Claim.LicenceId
        : kind == TokenKind.Link && reader.ValueTextEquals("catu"u8) ? Claim.Catu
        : Claim.None;

    private static bool ReadValue(ref Utf8JsonReader reader, Claim claim, ref Draft draft)
    {
        switch (claim)
        {
            case Claim.Iss:
                return Text(ref reader, out draft.Issuer);
            case Claim.Sub:
                return Text(ref reader, out var sub) && BuyerPseudonym.TryParse(sub, null, out draft.Buyer);
            case Claim.Aud:
                draft.AudienceIsOurs = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("tallystick-gate"u8);
                return reader.TrySkip();
            case Claim.Jti:
                // The licence's own id in a licence; an access token has an identity of its own and names the licence.
                return Text(ref reader, out var jti) && (draft.Kind != TokenKind.Licence
                    ? jti!.Length <= AccessJtiCharactersMost
                    : LicenceId.TryParse(jti, null, out draft.LicenceId));
            case Claim.LicenceId:
                return Text(ref reader, out var named) && LicenceId.TryParse(named, null, out draft.LicenceId);
            case Claim.Iat:
                return Seconds(ref reader, out draft.Iat);
            case Claim.Nbf:
                return Seconds(ref reader, out draft.Nbf);
            case Claim.Exp:
                return Seconds(ref reader, out draft.Exp);
            default:
                return ReadTerms(ref reader, claim, ref draft);
        }
    }

    private static bool ReadTerms(ref Utf8JsonReader reader, Claim claim, ref Draft draft) => claim switch
    {
        Claim.ContentId => Text(ref reader, out var work) && WorkId.TryParse(work, null, out draft.WorkId),
        Claim.OfferId => Text(ref reader, out var offer) && OfferId.TryParse(offer, null, out draft.OfferId),
        Claim.RightsScope => Scopes(ref reader, out draft.RightsScope),
        Claim.MaxUses => Uses(ref reader, out draft.MaxUses),
        Claim.Terms => Text(ref reader, out draft.Terms),
        Claim.Catu => Path(ref reader, out draft.Path),
        _ => reader.TrySkip(),
    };

    private static bool Text(ref Utf8JsonReader reader, out string? text)
    {
        text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return text is { Length: > 0 };
    }

    // Exactly {"path":{"exact":"…"}}: a condition that is not understood must not be passed over.
    private static bool Path(ref Utf8JsonReader reader, out string? path)
    {
        path = null;
        return reader.TokenType == JsonTokenType.StartObject &&
            reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("path"u8) &&
            reader.Read() && reader.TokenType == JsonTokenType.StartObject &&
            reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("exact"u8) &&
            reader.Read() && Text(ref reader, out path) &&
            reader.Read() && reader.TokenType == JsonTokenType.EndObject &&
            reader.Read() && reader.TokenType == JsonTokenType.EndObject;
    }

    private static bool Seconds(ref Utf8JsonReader reader, out long seconds)
    {
        seconds = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out seconds) && seconds is >= 0 and <= SecondsMost;
    }

    private static bool Uses(ref Utf8JsonReader reader, out long? uses)
    {
        uses = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : null;
        return uses >= 0;
    }

    private static bool Scopes(ref Utf8JsonReader reader, out List<string>? scopes)
    {
        scopes = [];
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.String && scopes.Count < ScopesMost)
        {
            scopes.Add(reader.GetString()!);
        }

        return reader.TokenType == JsonTokenType.EndArray;
    }

    private struct Draft
    {
        public TokenKind Kind;
        public Claim Seen;
        public bool AudienceIsOurs;
        public string? Issuer;
        public string? Terms;
        public string? Path;
        public BuyerPseudonym Buyer;
        public LicenceId LicenceId;
        public WorkId WorkId;
        public OfferId OfferId;
        public long Iat;
        public long Nbf;
        public long Exp;
        public long? MaxUses;
        public List<string>? RightsScope;
    }
}
