using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Primitives;
using Tallystick.Core.Licences;
using Tallystick.Gate.Credit;
using Tallystick.Gate.Feed;

namespace Tallystick.Gate.Credentials;

/// <summary>
/// Credentials that were verified, by the text of the header. Kestrel hands out the same string as long as a connection
/// sends the same bytes, so the first look is by reference; the second by the signature's characters, then all of them.
/// Only tokens that verified are kept, and only under the keys they were verified with. Two generations bound the memory. Texts that
/// sign the same, under another scheme or with the other spelling of a signature, are one token.
/// </summary>
internal sealed class TokenCache(Catalog catalog, Licences licences)
{
    private const string Basic = "Basic ";
    private const int GenerationMost = 4_096;
    private const int Slots = 1_024;
    private readonly Entry?[] _byReference = new Entry?[Slots];
    private Generation _generation = new(VerificationKeys.None, []);

    /// <summary>
    /// Reads a credential: <c>Bearer</c> or <c>License</c>, then a compact JWS; or <c>Basic</c> (RFC 7617) with the JWS as password, for tools
    /// that know nothing else, under any name.
    /// </summary>
    public TokenAnswer Find(string authorization)
    {
        var keys = catalog.Keys;
        ref var slot = ref _byReference[RuntimeHelpers.GetHashCode(authorization) & (Slots - 1)];
        var seen = Volatile.Read(ref slot);
        if (seen is not null && ReferenceEquals(seen.Authorization, authorization) && ReferenceEquals(seen.Keys, keys))
        {
            return new(seen.Token, TokenFault.None);
        }

        var answer = FindByText(authorization, keys);
        if (answer.Token is not null)
        {
            Volatile.Write(ref slot, new Entry(authorization, keys, answer.Token));
        }

        return answer;
    }

    private TokenAnswer FindByText(string authorization, VerificationKeys keys)
    {
        var generation = Volatile.Read(ref _generation);
        if (!ReferenceEquals(generation.Keys, keys))
        {
            generation = new Generation(keys, []);
            Volatile.Write(ref _generation, generation);
        }

        if (generation.Now.TryGetValue(authorization, out var known))
        {
            return new(known, TokenFault.None);
        }

        if (!generation.Before.TryGetValue(authorization, out known))
        {
            var token = TokenOf(authorization);
            var (facts, fault) = token.IsEmpty
                ? new TokenOutcome(null, TokenFault.NotCompact)
                : LicenceToken.Verify(token, keys);
            if (facts is null)
            {
                return new(null, fault);
            }

            known = generation.BySigned.GetOrAdd(LicenceToken.Content(token).ToString(), new VerifiedToken(facts, licences.Of(facts.LicenceId)));
        }

        if (generation.Now.Count >= GenerationMost)
        {
            generation = new Generation(keys, generation.Now);
            Volatile.Write(ref _generation, generation);
        }

        return new(generation.Now.GetOrAdd(authorization, known), TokenFault.None);
    }

    /// <summary>True for name and password.</summary>
    public static bool IsBasic(StringValues authorization) =>
        authorization.Count == 1 && authorization[0]!.StartsWith(Basic, StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> PasswordOf(ReadOnlySpan<char> encoded)
    {
        const int nameBytesMost = 256;
        Span<byte> bytes = stackalloc byte[nameBytesMost + LicenceToken.BytesMost];
        if (encoded.Length > bytes.Length * 4 / 3 || !Convert.TryFromBase64Chars(encoded, bytes, out var count))
        {
            return [];
        }

        // A name holds no colon; a compact JWS neither.
        var colon = bytes[..count].IndexOf((byte)':');
        return colon < 0 ? [] : Encoding.UTF8.GetString(bytes[(colon + 1)..count]);
    }

    // Between scheme and token there is at least one space (RFC 9110, 11.4).
    private static ReadOnlySpan<char> TokenOf(string authorization) =>
        authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization.AsSpan("Bearer ".Length).TrimStart(' ')
        : authorization.StartsWith("License ", StringComparison.OrdinalIgnoreCase) ? authorization.AsSpan("License ".Length).TrimStart(' ')
        : IsBasic(authorization) ? PasswordOf(authorization.AsSpan(Basic.Length).Trim(' '))
        : [];

    private sealed record Entry(string Authorization, VerificationKeys Keys, VerifiedToken Token);

    private sealed class Generation(VerificationKeys keys, ConcurrentDictionary<string, VerifiedToken> before)
    {
        public VerificationKeys Keys { get; } = keys;

        public ConcurrentDictionary<string, VerifiedToken> Now { get; } = new(SignatureComparer.Instance);

        public ConcurrentDictionary<string, VerifiedToken> Before { get; } = before;

        /// <summary>By what is signed.</summary>
        public ConcurrentDictionary<string, VerifiedToken> BySigned { get; } = new(StringComparer.Ordinal);
    }

    // The end of a verified token is its signature: as good as random, and nobody but the signer can choose it.
    private sealed class SignatureComparer : IEqualityComparer<string>
    {
        public static readonly SignatureComparer Instance = new();

        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string obj) => string.GetHashCode(obj.AsSpan(Math.Max(0, obj.Length - 24)), StringComparison.Ordinal);
    }
}
