using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>secp256k1 by Bitcoin Core's libsecp256k1.</summary>
internal sealed unsafe class Secp256k1Native : Secp256k1Path
{
    private const uint ContextNone = 1;
    private const uint Compressed = (1 << 1) | (1 << 8);
    private const int ParsedBytes = 64;

    private readonly nint _context;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, int> _parseKey;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _parseCompact;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _serializeCompact;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, int> _verify;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, nint, nint, int> _sign;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> _createKey;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint*, byte*, uint, int> _serializeKey;

    private Secp256k1Native(NativeExports library, nint context)
        : base("libsecp256k1")
    {
        _context = context;
        _parseKey = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, int>)library["secp256k1_ec_pubkey_parse"];
        _parseCompact = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)
            library["secp256k1_ecdsa_signature_parse_compact"];
        _serializeCompact = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)
            library["secp256k1_ecdsa_signature_serialize_compact"];
        _verify = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, int>)library["secp256k1_ecdsa_verify"];
        _sign = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, nint, nint, int>)library["secp256k1_ecdsa_sign"];
        _createKey = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)library["secp256k1_ec_pubkey_create"];
        _serializeKey = (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, byte*, uint, int>)
            library["secp256k1_ec_pubkey_serialize"];
    }

    public static Secp256k1Native? TryCreate()
    {
        // The functions used here have the same shape in every release since 0.2.
        var library = NativeExports.TryLoad("libsecp256k1.so.1", "libsecp256k1.so.2");
        if (library is null)
        {
            return null;
        }

        var context = ((delegate* unmanaged[Cdecl]<uint, nint>)library["secp256k1_context_create"])(ContextNone);
        Span<byte> blinding = stackalloc byte[32];
        RandomNumberGenerator.Fill(blinding);
        fixed (byte* seed = blinding)
        {
            // Blinds signing against side channels; done once, before any other thread can see the context.
            _ = ((delegate* unmanaged[Cdecl]<nint, byte*, int>)library["secp256k1_context_randomize"])(context, seed);
        }

        CryptographicOperations.ZeroMemory(blinding);
        return new Secp256k1Native(library, context);
    }

    private protected override bool VerifyChecked(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> der, ReadOnlySpan<byte> compact)
    {
        var key = stackalloc byte[ParsedBytes];
        var parsed = stackalloc byte[ParsedBytes];
        fixed (byte* encoded = publicKey, hash = digest, pair = compact)
        {
            return _parseKey(_context, key, encoded, (nuint)publicKey.Length) == 1
                && _parseCompact(_context, parsed, pair) == 1
                && _verify(_context, parsed, hash, key) == 1;
        }
    }

    private protected override bool IsOnCurve(ReadOnlySpan<byte> publicKey)
    {
        var key = stackalloc byte[ParsedBytes];
        fixed (byte* encoded = publicKey)
        {
            return _parseKey(_context, key, encoded, (nuint)publicKey.Length) == 1;
        }
    }

    internal override void PublicKey(SecretBytes privateKey, Span<byte> publicKey)
    {
        var key = stackalloc byte[ParsedBytes];
        var length = (nuint)publicKey.Length;
        fixed (byte* encoded = publicKey)
        {
            if (_createKey(_context, key, privateKey.Pointer) != 1
                || _serializeKey(_context, encoded, &length, key, Compressed) != 1)
            {
                throw new InvalidOperationException("libsecp256k1 refused a private key in range");
            }
        }
    }

    internal override void Sign(SecretBytes privateKey, ReadOnlySpan<byte> digest, Span<byte> compact)
    {
        var parsed = stackalloc byte[ParsedBytes];
        fixed (byte* hash = digest, pair = compact)
        {
            // No nonce function given: RFC 6979. The result always has a low S.
            if (_sign(_context, parsed, hash, privateKey.Pointer, 0, 0) != 1
                || _serializeCompact(_context, pair, parsed) != 1)
            {
                throw new InvalidOperationException("libsecp256k1 could not sign");
            }
        }
    }
}
