using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tallystick.Core.Json;

namespace Tallystick.Core.Licences;

/// <summary>
/// Licence and access tokens: compact JWS (RFC 7515, 7.1) signed with ES256, by the rules of RFC 8725: one algorithm,
/// explicit types, no key or critical extension from the token, exact header members, one spelling of what is signed. A signature
/// has two: with (r, s) anybody can write (r, n − s), and common libraries make either. Both are taken, ours has the lower s, and a
/// token is known by what is signed and never by its text.
/// </summary>
public static class LicenceToken
{
    /// <summary>Longest token that is looked at, in characters: a terms-laden licence has about 1 000.</summary>
    public const int BytesMost = 8 * 1024;

    /// <summary><c>typ</c> of a licence.</summary>
    public const string LicenceType = "license+jwt";

    /// <summary><c>typ</c> of a short-lived access token (RFC 9068, 2.1).</summary>
    public const string AccessType = "at+jwt";

    /// <summary>
    /// <c>typ</c> of the token in a link. One of its own, so that whoever reads access tokens and knows of no links refuses it,
    /// instead of taking it for one that opens the whole work.
    /// </summary>
    public const string LinkType = "link+jwt";

    /// <summary><c>aud</c> of all.</summary>
    public const string Audience = "tallystick-gate";

    private const int SignatureBytes = 64;
    private const int KidCharactersMost = 64;
    private const int HeaderBytesMost = 256;

    private static readonly SearchValues<char> KidCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Signs a licence.</summary>
    /// <param name="claims">What it says.</param>
    /// <param name="key">A P-256 key with its private part; not used by another thread meanwhile.</param>
    /// <param name="kid">Its id: 1 to 64 characters of the base64url alphabet.</param>
    /// <returns>The compact serialisation.</returns>
    /// <exception cref="ArgumentException">The key is not P-256, the kid has another form, or the token would be too long.</exception>
    public static string Sign(LicenceClaims claims, ECDsa key, string kid) => Sign(claims, LicenceType, key, kid);

    /// <summary>Signs an access token, or one for a link; see <see cref="Sign(LicenceClaims, ECDsa, string)"/>.</summary>
    public static string Sign(AccessClaims claims, ECDsa key, string kid)
    {
        ArgumentNullException.ThrowIfNull(claims);
        return Sign(claims, claims.Catu is null ? AccessType : LinkType, key, kid);
    }

    /// <summary>Verifies a token shown as text; see <see cref="Verify(ReadOnlySpan{byte}, VerificationKeys)"/>.</summary>
    public static TokenOutcome Verify(ReadOnlySpan<char> token, VerificationKeys keys)
    {
        if (token.Length > BytesMost)
        {
            return new(null, TokenFault.TooLong);
        }

        Span<byte> ascii = stackalloc byte[token.Length];
        return Ascii.FromUtf16(token, ascii, out _) == OperationStatus.Done
            ? Verify(ascii, keys)
            : new(null, TokenFault.NotCompact);
    }

    /// <summary>
    /// Verifies signature, type, key use, claims' form and audience. Any bytes get an answer, never an exception. Nothing
    /// of the payload is read before the signature holds. The issuer is not compared: the keys come from the one
    /// authority that this verifier follows, and no other key verifies.
    /// </summary>
    public static TokenOutcome Verify(ReadOnlySpan<byte> token, VerificationKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (token.Length > BytesMost)
        {
            return new(null, TokenFault.TooLong);
        }

        // 1. Three parts, each with its only spelling.
        var first = token.IndexOf((byte)'.');
        var last = token.LastIndexOf((byte)'.');
        Span<byte> header = stackalloc byte[HeaderBytesMost];
        Span<byte> signature = stackalloc byte[SignatureBytes];
        if (first < 0 || first == last ||
            !StrictBase64Url.TryDecode(token[(last + 1)..], signature, out var signatureBytes) ||
            signatureBytes != SignatureBytes ||
            !StrictBase64Url.TryDecode(token[..first], header, out var headerBytes))
        {
            return new(null, TokenFault.NotCompact);
        }

        // 2. The header chooses nothing: it must name the one algorithm, a known type and a key that may sign it.
        var fault = TokenHeader.Read(header[..headerBytes], keys, out var key, out var kind);
        if (fault != TokenFault.None)
        {
            return new(null, fault);
        }

        // 3. Signature over the ASCII of the first two parts.
        var encoded = token[(first + 1)..last];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token[..last], hash);
        if (!key!.Verify(hash, signature))
        {
            return new(null, TokenFault.BadSignature);
        }

        // 4. Claims.
        var rented = ArrayPool<byte>.Shared.Rent(BytesMost);
        try
        {
            return StrictBase64Url.TryDecode(encoded, rented, out var payloadBytes)
                ? TokenClaims.Read(rented.AsSpan(0, payloadBytes), kind)
                : new(null, TokenFault.NotCompact);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>What a compact JWS signs: the same for both spellings of its signature. Empty when it is none.</summary>
    public static ReadOnlySpan<char> Content(ReadOnlySpan<char> token) => token[..Math.Max(0, token.LastIndexOf('.'))];

    internal static bool IsKid(string? kid) =>
        kid is { Length: > 0 and <= KidCharactersMost } && !kid.AsSpan().ContainsAnyExcept(KidCharacters);

    private static string Sign<T>(T claims, string type, ECDsa key, string kid)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.KeySize != 256 || key.ExportParameters(false).Curve.Oid.Value != "1.2.840.10045.3.1.7")
        {
            throw new ArgumentException("ES256 needs a P-256 key.", nameof(key));
        }

        if (!IsKid(kid))
        {
            throw new ArgumentException("A kid is 1 to 64 characters of the base64url alphabet.", nameof(kid));
        }

        var header = Encoding.ASCII.GetBytes($$"""{"alg":"ES256","kid":"{{kid}}","typ":"{{type}}"}""");
        var input = Base64Url.EncodeToString(header) + "." +
            Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims, TallyJson.Options));
        var signature = key.SignData(
            Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        P256Signature.MakeLow(signature);
        var token = input + "." + Base64Url.EncodeToString(signature);
        return token.Length <= BytesMost
            ? token
            : throw new ArgumentException($"The token would have {token.Length} characters, {BytesMost} are allowed.", nameof(claims));
    }
}
