using System.Runtime.InteropServices;

namespace Tallystick.Crypto;

/// <summary>Ed25519 by OpenSSL's libcrypto (EVP_PKEY_ED25519), for machines without libsodium.</summary>
internal sealed unsafe class Ed25519OpenSsl : Ed25519Path
{
    private const int PkeyEd25519 = 1087;

    private static readonly delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint> RawPublic =
        (delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint>)Export("EVP_PKEY_new_raw_public_key");
    private static readonly delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint> RawPrivate =
        (delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint>)Export("EVP_PKEY_new_raw_private_key");
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint*, int> GetRawPublic =
        (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, int>)Export("EVP_PKEY_get_raw_public_key");
    private static readonly delegate* unmanaged[Cdecl]<nint, void> KeyFree =
        (delegate* unmanaged[Cdecl]<nint, void>)Export("EVP_PKEY_free");
    private static readonly delegate* unmanaged[Cdecl]<nint> ContextNew =
        (delegate* unmanaged[Cdecl]<nint>)Export("EVP_MD_CTX_new");
    private static readonly delegate* unmanaged[Cdecl]<nint, void> ContextFree =
        (delegate* unmanaged[Cdecl]<nint, void>)Export("EVP_MD_CTX_free");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int> VerifyInit =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int>)Export("EVP_DigestVerifyInit");
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, int> DigestVerify =
        (delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, int>)Export("EVP_DigestVerify");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int> SignInit =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int>)Export("EVP_DigestSignInit");
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint*, byte*, nuint, int> DigestSign =
        (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, byte*, nuint, int>)Export("EVP_DigestSign");

    // Contexts with the key already set: setting it up costs about as much as a tenth of the verification.
    private readonly KeyedNativeCache _contexts = new((nint)ContextFree);

    public Ed25519OpenSsl()
        : base("libcrypto")
    {
    }

    private protected override bool VerifyChecked(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var context = _contexts.Take(publicKey);
        // Newer releases refuse a second one-shot call on a context that was not set up again; that is cheap.
        var ready = context != 0 && VerifyInit(context, 0, 0, 0, 0) == 1;
        if (!ready)
        {
            Free(context);
            context = NewVerifyContext(publicKey);
            if (context == 0)
            {
                LibCrypto.ClearErrors();
                return false;
            }
        }

        int result;
        byte nothing = 0;
        fixed (byte* text = message, sig = signature)
        {
            result = DigestVerify(
                context, sig, (nuint)signature.Length, text is null ? &nothing : text, (nuint)message.Length);
        }

        _contexts.Return(publicKey, context);
        if (result != 1)
        {
            LibCrypto.ClearErrors();
        }

        return result == 1;
    }

    internal override SafeHandle OpenKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        nint key;
        fixed (byte* from = seed)
        {
            key = LibCrypto.NotNull(RawPrivate(PkeyEd25519, 0, from, (nuint)seed.Length), "an Ed25519 key");
        }

        var handle = new PrivateKey(key);
        fixed (byte* to = publicKey)
        {
            nuint length = Ed25519.PublicKeyBytes;
            LibCrypto.Succeeded(GetRawPublic(key, to, &length), "reading an Ed25519 public key");
        }

        return handle;
    }

    internal override void Sign(SafeHandle key, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        var secret = (PrivateKey)key;
        var context = secret.TakeContext();
        byte nothing = 0;
        nuint length = Ed25519.SignatureBytes;
        fixed (byte* text = message, sig = signature)
        {
            LibCrypto.Succeeded(
                DigestSign(context, sig, &length, text is null ? &nothing : text, (nuint)message.Length),
                "an Ed25519 signature");
        }

        secret.ReturnContext(context);
    }

    private static nint NewVerifyContext(ReadOnlySpan<byte> publicKey)
    {
        nint key;
        fixed (byte* from = publicKey)
        {
            key = RawPublic(PkeyEd25519, 0, from, (nuint)publicKey.Length);
        }

        if (key == 0)
        {
            return 0;
        }

        var context = LibCrypto.NotNull(ContextNew(), "a digest context");
        var ready = VerifyInit(context, 0, 0, 0, key) == 1;
        // The context holds its own reference to the key.
        KeyFree(key);
        if (ready)
        {
            return context;
        }

        ContextFree(context);
        return 0;
    }

    private static void Free(nint context)
    {
        if (context != 0)
        {
            ContextFree(context);
        }
    }

    private static nint Export(string name) => LibCrypto.Exports[name];

    /// <summary>An EVP_PKEY; libcrypto cleanses the private half when the last reference goes.</summary>
    private sealed class PrivateKey : SafeHandle
    {
        private nint _context;

        public PrivateKey(nint key)
            : base(0, ownsHandle: true) => SetHandle(key);

        public override bool IsInvalid => handle == 0;

        // One context is kept between signatures; a second thread makes its own for as long as it needs it.
        public nint TakeContext()
        {
            var kept = Interlocked.Exchange(ref _context, 0);
            if (kept != 0 && SignInit(kept, 0, 0, 0, 0) == 1)
            {
                return kept;
            }

            Free(kept);
            var context = LibCrypto.NotNull(ContextNew(), "a digest context");
            LibCrypto.Succeeded(SignInit(context, 0, 0, 0, handle), "setting up a signature");
            return context;
        }

        public void ReturnContext(nint context) => Free(Interlocked.Exchange(ref _context, context));

        protected override bool ReleaseHandle()
        {
            Free(_context);
            KeyFree(handle);
            return true;
        }
    }
}
