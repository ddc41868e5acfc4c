using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Tallystick.Core.Gates;

namespace Tallystick.Core.Licences;

/// <summary>The public keys that may sign tokens, by <c>kid</c>. Immutable: a changed set is a new object.</summary>
public sealed class VerificationKeys
{
    private readonly Dictionary<string, VerificationKey>.AlternateLookup<ReadOnlySpan<char>> _byKid;

    /// <summary>Keys of these; entries that are not a P-256 point, or whose use is unknown, are listed in <see cref="Refused"/>.</summary>
    public VerificationKeys(IEnumerable<FeedSigningKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var byKid = new Dictionary<string, VerificationKey>(StringComparer.Ordinal);
        var refused = new List<string>();
        foreach (var key in keys)
        {
            if (VerificationKey.TryCreate(key, out var made))
            {
                byKid[key.Kid] = made;
            }
            else
            {
                refused.Add(key.Kid);
            }
        }

        _byKid = byKid.GetAlternateLookup<ReadOnlySpan<char>>();
        Refused = refused;
    }

    /// <summary>No key at all: every token is unknown.</summary>
    public static VerificationKeys None { get; } = new([]);

    /// <summary>How many keys can verify.</summary>
    public int Count => _byKid.Dictionary.Count;

    /// <summary>Ids of entries that could not become a key.</summary>
    public IReadOnlyList<string> Refused { get; }

    internal bool TryFind(ReadOnlySpan<char> kid, [NotNullWhen(true)] out VerificationKey? key) =>
        _byKid.TryGetValue(kid, out key);
}

/// <summary>
/// One key. Instances of <see cref="ECDsa"/> are not documented to be safe for parallel use, so each verification
/// borrows one of its own.
/// </summary>
internal sealed class VerificationKey
{
    private const int CoordinateBytes = 32;
    private readonly ConcurrentBag<ECDsa> _idle = [];
    private readonly ECParameters _public;
    private ECDsa? _first;

    private VerificationKey(ECDsa first, ECParameters parameters, TokenKind use) =>
        (_first, _public, Use) = (first, parameters, use);

    public TokenKind Use { get; }

    public static bool TryCreate(FeedSigningKey key, [NotNullWhen(true)] out VerificationKey? made)
    {
        made = null;
        var x = new byte[CoordinateBytes];
        var y = new byte[CoordinateBytes];
        var use = key.Use switch { "licence" => TokenKind.Licence, "access" => TokenKind.Access, _ => default };
        if (use == default || !LicenceToken.IsKid(key.Kid) ||
            !StrictBase64Url.TryDecode(key.X, x) || !StrictBase64Url.TryDecode(key.Y, y))
        {
            return false;
        }

        var parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } };
        try
        {
            made = new VerificationKey(ECDsa.Create(parameters), parameters, use);
            return true;
        }
        catch (CryptographicException)
        {
            // The point is not on the curve.
            return false;
        }
    }

    public bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var key = Interlocked.Exchange(ref _first, null) ?? (_idle.TryTake(out var idle) ? idle : ECDsa.Create(_public));
        try
        {
            return key.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _first, key, null) is not null)
            {
                _idle.Add(key);
            }
        }
    }
}
