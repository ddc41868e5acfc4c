using System.Runtime.InteropServices;

namespace Tallystick.Crypto;

/// <summary>
/// Ed25519 by libsodium. Only soname 23 (1.0.13 to 1.0.18): soname 26 verifies with the cofactored equation, which
/// accepts signatures that libcrypto refuses.
/// </summary>
internal sealed unsafe class Ed25519Sodium : Ed25519Path
{
    private const int SecretKeyBytes = 64;

    private readonly delegate* unmanaged[Cdecl]<byte*, byte*, ulong, byte*, int> _verifyDetached;
    private readonly delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, ulong, byte*, int> _signDetached;
    private readonly delegate* unmanaged[Cdecl]<byte*, byte*, byte*, int> _seedKeypair;

    private Ed25519Sodium(NativeExports sodium)
        : base("libsodium")
    {
        _verifyDetached = (delegate* unmanaged[Cdecl]<byte*, byte*, ulong, byte*, int>)
            sodium["crypto_sign_ed25519_verify_detached"];
        _signDetached = (delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, ulong, byte*, int>)
            sodium["crypto_sign_ed25519_detached"];
        _seedKeypair = (delegate* unmanaged[Cdecl]<byte*, byte*, byte*, int>)
            sodium["crypto_sign_ed25519_seed_keypair"];
    }

    public static Ed25519Sodium? TryCreate()
    {
        var sodium = NativeExports.TryLoad("libsodium.so.23");
        if (sodium is null || ((delegate* unmanaged[Cdecl]<int>)sodium["sodium_init"])() < 0)
        {
            return null;
        }

        return new Ed25519Sodium(sodium);
    }

    private protected override bool VerifyChecked(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        fixed (byte* key = publicKey, text = message, sig = signature)
        {
            return _verifyDetached(sig, text, (ulong)message.Length, key) == 0;
        }
    }

    internal override SafeHandle OpenKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        var secret = new SecretBytes(SecretKeyBytes);
        fixed (byte* from = seed, to = publicKey)
        {
            _ = _seedKeypair(to, secret.Pointer, from);
        }

        return secret;
    }

    internal override void Sign(SafeHandle key, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        fixed (byte* text = message, sig = signature)
        {
            _ = _signDetached(sig, null, text, (ulong)message.Length, ((SecretBytes)key).Pointer);
        }
    }
}
