using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>
/// secp256k1 by OpenSSL's libcrypto, for machines without libsecp256k1. .NET's ECDsa stands on the same functions
/// but has no deterministic nonce, which the ledger's vectors need, and cannot read compressed keys.
/// </summary>
internal sealed unsafe class Secp256k1OpenSsl : Secp256k1Path
{
    private const int CurveSecp256k1 = 714;
    private const int PointCompressed = 2;

    private static readonly delegate* unmanaged[Cdecl]<int, nint> KeyByCurve =
        (delegate* unmanaged[Cdecl]<int, nint>)Export("EC_KEY_new_by_curve_name");
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, nint, int> KeyFromBytes =
        (delegate* unmanaged[Cdecl]<nint, byte*, nuint, nint, int>)Export("EC_KEY_oct2key");
    private static readonly delegate* unmanaged[Cdecl]<int, byte*, int, byte*, int, nint, int> EcdsaVerify =
        (delegate* unmanaged[Cdecl]<int, byte*, int, byte*, int, nint, int>)Export("ECDSA_verify");
    private static readonly delegate* unmanaged[Cdecl]<nint, void> KeyFree =
        (delegate* unmanaged[Cdecl]<nint, void>)Export("EC_KEY_free");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> PointNew =
        (delegate* unmanaged[Cdecl]<nint, nint>)Export("EC_POINT_new");
    private static readonly delegate* unmanaged[Cdecl]<nint, void> PointClearFree =
        (delegate* unmanaged[Cdecl]<nint, void>)Export("EC_POINT_clear_free");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, int> PointMul =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, int>)Export("EC_POINT_mul");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, int, byte*, nuint, nint, nuint> PointToBytes =
        (delegate* unmanaged[Cdecl]<nint, nint, int, byte*, nuint, nint, nuint>)Export("EC_POINT_point2oct");

    private readonly nint _group;
    private readonly KeyedNativeCache _keys = new((nint)KeyFree);

    private Secp256k1OpenSsl(nint group)
        : base("libcrypto") => _group = group;

    /// <summary>Null where the distribution built OpenSSL without this curve.</summary>
    public static Secp256k1OpenSsl? TryCreate()
    {
        var group = ((delegate* unmanaged[Cdecl]<int, nint>)Export("EC_GROUP_new_by_curve_name"))(CurveSecp256k1);
        return group == 0 ? null : new Secp256k1OpenSsl(group);
    }

    private protected override bool VerifyChecked(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> der, ReadOnlySpan<byte> compact)
    {
        var key = _keys.Take(publicKey);
        if (key == 0)
        {
            key = ReadKey(publicKey);
            if (key == 0)
            {
                return false;
            }
        }

        int result;
        fixed (byte* hash = digest, sig = der)
        {
            result = EcdsaVerify(0, hash, digest.Length, sig, der.Length, key);
        }

        _keys.Return(publicKey, key);
        if (result != 1)
        {
            LibCrypto.ClearErrors();
        }

        return result == 1;
    }

    private protected override bool IsOnCurve(ReadOnlySpan<byte> publicKey)
    {
        var key = ReadKey(publicKey);
        if (key == 0)
        {
            return false;
        }

        _keys.Return(publicKey, key);
        return true;
    }

    internal override void PublicKey(SecretBytes privateKey, Span<byte> publicKey)
    {
        using var scratch = new OpenSslNumbers();
        MultiplyBase(scratch, privateKey.Span, publicKey);
    }

    // SEC 1 section 4.1.3: R = kG, r = R.x mod n, s = (z + r d) / k mod n, then the smaller of s and n - s.
    internal override void Sign(SecretBytes privateKey, ReadOnlySpan<byte> digest, Span<byte> compact)
    {
        Span<byte> state = stackalloc byte[64];
        Span<byte> nonce = stackalloc byte[32];
        Span<byte> point = stackalloc byte[Secp256k1.PublicKeyBytes];
        var nonces = new Rfc6979(privateKey.Span, digest, state);
        using var numbers = new OpenSslNumbers();
        try
        {
            do
            {
                nonces.Next(nonce);
                MultiplyBase(numbers, nonce, point);
            }
            while (!numbers.TryFinishSignature(nonce, privateKey.Span, digest, point[1..], compact));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(state);
            CryptographicOperations.ZeroMemory(nonce);
        }
    }

    private void MultiplyBase(OpenSslNumbers numbers, ReadOnlySpan<byte> scalar, Span<byte> point)
    {
        var result = LibCrypto.NotNull(PointNew(_group), "a point");
        var number = numbers.Read(scalar);
        fixed (byte* to = point)
        {
            LibCrypto.Succeeded(PointMul(_group, result, number, 0, 0, numbers.Context), "a point multiplication");
            _ = PointToBytes(_group, result, PointCompressed, to, (nuint)point.Length, numbers.Context);
        }

        numbers.Forget(number);
        PointClearFree(result);
    }

    private static nint ReadKey(ReadOnlySpan<byte> publicKey)
    {
        var key = LibCrypto.NotNull(KeyByCurve(CurveSecp256k1), "a secp256k1 key");
        fixed (byte* encoded = publicKey)
        {
            if (KeyFromBytes(key, encoded, (nuint)publicKey.Length, 0) == 1)
            {
                return key;
            }
        }

        KeyFree(key);
        LibCrypto.ClearErrors();
        return 0;
    }

    private static nint Export(string name) => LibCrypto.Exports[name];
}
