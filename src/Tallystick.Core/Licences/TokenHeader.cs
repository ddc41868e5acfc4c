using System.Text;
using System.Text.Json;

namespace Tallystick.Core.Licences;

/// <summary>The protected header: exactly <c>alg</c>, <c>kid</c> and <c>typ</c>, each once, each a plain ASCII string.</summary>
internal static class TokenHeader
{
    private const int Alg = 1;
    private const int Kid = 2;
    private const int Typ = 4;

    public static TokenFault Read(
        ReadOnlySpan<byte> json, VerificationKeys keys, out VerificationKey? key, out TokenKind kind)
    {
        (key, kind) = (null, default);
        // Escapes would give one value several spellings; without them and in ASCII the reader cannot meet bad text.
        if (json.Contains((byte)'\\') || !Ascii.IsValid(json))
        {
            return TokenFault.BadHeader;
        }

        try
        {
            return ReadMembers(json, keys, out key, out kind);
        }
        catch (JsonException)
        {
            return TokenFault.BadHeader;
        }
    }

    private static TokenFault ReadMembers(
        ReadOnlySpan<byte> json, VerificationKeys keys, out VerificationKey? key, out TokenKind kind)
    {
        (key, kind) = (null, default);
        var reader = new Utf8JsonReader(json);
        Span<char> kid = stackalloc char[json.Length];
        var seen = 0;
        var algorithmIsRight = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return TokenFault.BadHeader;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.ValueTextEquals("alg"u8) ? Alg
                : reader.ValueTextEquals("kid"u8) ? Kid
                : reader.ValueTextEquals("typ"u8) ? Typ : 0;
            if (member == 0 || (seen & member) != 0 || !reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                return TokenFault.BadHeader;
            }

            seen |= member;
            if (member == Alg)
            {
                algorithmIsRight = reader.ValueTextEquals("ES256"u8);
            }
            else if (member == Kid)
            {
                keys.TryFind(kid[..Encoding.ASCII.GetChars(reader.ValueSpan, kid)], out key);
            }
            else
            {
                kind = reader.ValueTextEquals("license+jwt"u8) ? TokenKind.Licence
                    : reader.ValueTextEquals("at+jwt"u8) ? TokenKind.Access
                    : reader.ValueTextEquals("link+jwt"u8) ? TokenKind.Link : default;
            }
        }

        // Reading on finds what may follow the object.
        return seen != (Alg | Kid | Typ) || reader.TokenType != JsonTokenType.EndObject || reader.Read() ? TokenFault.BadHeader
            : !algorithmIsRight ? TokenFault.WrongAlgorithm
            : kind == default ? TokenFault.WrongType
            : key is null ? TokenFault.UnknownKey
            : key.Use != (kind == TokenKind.Link ? TokenKind.Access : kind) ? TokenFault.WrongKeyUse
            : TokenFault.None;
    }
}
