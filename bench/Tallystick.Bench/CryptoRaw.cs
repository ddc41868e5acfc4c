using System.Runtime.InteropServices;
using Tallystick.Crypto;

namespace Tallystick.Bench;

/// <summary>The native libraries called as a C program would, for the baselines: nothing of ours in between.</summary>
internal static unsafe class CryptoRaw
{
    private const int SignedBytesMax = 72;

    /// <summary>libsodium, which checks the lengths of nothing; null where it is not installed.</summary>
    public static (Action<CryptoSample[]> Verify, Action<CryptoSample[]> Sign)? Sodium()
    {
        if (!NativeLibrary.TryLoad("libsodium.so.23", out var library))
        {
            return null;
        }

        var verify = (delegate* unmanaged[Cdecl]<byte*, byte*, ulong, byte*, int>)
            NativeLibrary.GetExport(library, "crypto_sign_ed25519_verify_detached");
        var sign = (delegate* unmanaged[Cdecl]<byte*, ulong*, byte*, ulong, byte*, int>)
            NativeLibrary.GetExport(library, "crypto_sign_ed25519_detached");
        return (
            samples =>
            {
                foreach (var sample in samples)
                {
                    fixed (byte* key = sample.PublicKey, message = sample.Message, signature = sample.Signature)
                    {
                        CryptoSample.Expect(verify(signature, message, (ulong)sample.Message.Length, key) == 0);
                    }
                }
            },
            samples =>
            {
                var made = stackalloc byte[SignedBytesMax];
                foreach (var sample in samples)
                {
                    fixed (byte* key = sample.ExpandedKey, message = sample.Message)
                    {
                        CryptoSample.Expect(sign(made, null, message, (ulong)sample.Message.Length, key) == 0);
                    }
                }
            });
    }

    /// <summary>libsecp256k1 as its own benchmark calls it: parse key, parse DER, verify. Null where not installed.</summary>
    public static (Action<CryptoSample[]> Verify, Action<CryptoSample[]> Sign)? Secp256k1()
    {
        if (!NativeLibrary.TryLoad("libsecp256k1.so.1", out var library) && !NativeLibrary.TryLoad("libsecp256k1.so.2", out library))
        {
            return null;
        }

        var context = ((delegate* unmanaged[Cdecl]<uint, nint>)NativeLibrary.GetExport(library, "secp256k1_context_create"))(1);
        var parseKey = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "secp256k1_ec_pubkey_parse");
        var parseDer = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_signature_parse_der");
        var verify = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_verify");
        var sign = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, nint, nint, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_sign");
        var writeDer = (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, byte*, int>)
            NativeLibrary.GetExport(library, "secp256k1_ecdsa_signature_serialize_der");
        return (
            samples =>
            {
                byte* parsedKey = stackalloc byte[64], parsed = stackalloc byte[64];
                foreach (var sample in samples)
                {
                    fixed (byte* key = sample.PublicKey, digest = sample.Message, der = sample.Signature)
                    {
                        CryptoSample.Expect(
                            parseKey(context, parsedKey, key, 33) == 1
                            && parseDer(context, parsed, der, (nuint)sample.Signature.Length) == 1
                            && verify(context, parsed, digest, parsedKey) == 1);
                    }
                }
            },
            samples =>
            {
                byte* made = stackalloc byte[64], der = stackalloc byte[SignedBytesMax];
                foreach (var sample in samples)
                {
                    fixed (byte* key = sample.Secret, digest = sample.Message)
                    {
                        nuint length = SignedBytesMax;
                        CryptoSample.Expect(
                            sign(context, made, digest, key, 0, 0) == 1 && writeDer(context, der, &length, made) == 1);
                    }
                }
            });
    }

    /// <summary>libcrypto with everything set up beforehand, as <c>openssl speed</c> does.</summary>
    public static Action<CryptoSample[]> OpenSslVerify(SignatureAlgorithm algorithm, CryptoSample[] samples)
    {
        var library = NativeLibrary.Load("libcrypto.so.3");
        var ready = samples.ToDictionary(
            sample => sample, sample => algorithm == SignatureAlgorithm.Ed25519 ? Context(library, sample) : Key(library, sample));
        var digestVerify = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "EVP_DigestVerify");
        var ecdsaVerify = (delegate* unmanaged[Cdecl]<int, byte*, int, byte*, int, nint, int>)
            NativeLibrary.GetExport(library, "ECDSA_verify");
        return chosen =>
        {
            foreach (var sample in chosen)
            {
                fixed (byte* message = sample.Message, signature = sample.Signature)
                {
                    CryptoSample.Expect(1 == (algorithm == SignatureAlgorithm.Ed25519
                        ? digestVerify(ready[sample], signature, 64, message, (nuint)sample.Message.Length)
                        : ecdsaVerify(0, message, 32, signature, sample.Signature.Length, ready[sample])));
                }
            }
        };
    }

    /// <summary>The same for signing, with a nonce of the library's choice; for secp256k1 without the rule of the smaller s.</summary>
    public static Action<CryptoSample[]> OpenSslSign(SignatureAlgorithm algorithm, CryptoSample[] samples)
    {
        var library = NativeLibrary.Load("libcrypto.so.3");
        var ready = samples.ToDictionary(
            sample => sample,
            sample => algorithm == SignatureAlgorithm.Ed25519 ? SigningContext(library, sample) : SigningKey(library, sample));
        var digestSign = (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, byte*, nuint, int>)
            NativeLibrary.GetExport(library, "EVP_DigestSign");
        var ecdsaSign = (delegate* unmanaged[Cdecl]<int, byte*, int, byte*, uint*, nint, int>)
            NativeLibrary.GetExport(library, "ECDSA_sign");
        return chosen =>
        {
            var made = stackalloc byte[SignedBytesMax];
            foreach (var sample in chosen)
            {
                var (length, derLength) = ((nuint)SignedBytesMax, 0u);
                fixed (byte* message = sample.Message)
                {
                    CryptoSample.Expect(1 == (algorithm == SignatureAlgorithm.Ed25519
                        ? digestSign(ready[sample], made, &length, message, (nuint)sample.Message.Length)
                        : ecdsaSign(0, message, 32, made, &derLength, ready[sample])));
                }
            }
        };
    }

    private static nint Context(nint library, CryptoSample sample)
    {
        var context = ((delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "EVP_MD_CTX_new"))();
        fixed (byte* bytes = sample.PublicKey)
        {
            var key = ((delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint>)
                NativeLibrary.GetExport(library, "EVP_PKEY_new_raw_public_key"))(1087, 0, bytes, 32);
            CryptoSample.Expect(1 == ((delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int>)
                NativeLibrary.GetExport(library, "EVP_DigestVerifyInit"))(context, 0, 0, 0, key));
        }

        return context;
    }

    private static nint SigningContext(nint library, CryptoSample sample)
    {
        var context = ((delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "EVP_MD_CTX_new"))();
        fixed (byte* bytes = sample.Secret)
        {
            var key = ((delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint>)
                NativeLibrary.GetExport(library, "EVP_PKEY_new_raw_private_key"))(1087, 0, bytes, 32);
            CryptoSample.Expect(1 == ((delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int>)
                NativeLibrary.GetExport(library, "EVP_DigestSignInit"))(context, 0, 0, 0, key));
        }

        return context;
    }

    private static nint SigningKey(nint library, CryptoSample sample)
    {
        var key = Key(library, sample);
        fixed (byte* bytes = sample.Secret)
        {
            var number = ((delegate* unmanaged[Cdecl]<byte*, int, nint, nint>)
                NativeLibrary.GetExport(library, "BN_bin2bn"))(bytes, 32, 0);
            CryptoSample.Expect(1 == ((delegate* unmanaged[Cdecl]<nint, nint, int>)
                NativeLibrary.GetExport(library, "EC_KEY_set_private_key"))(key, number));
        }

        return key;
    }

    private static nint Key(nint library, CryptoSample sample)
    {
        var key = ((delegate* unmanaged[Cdecl]<int, nint>)NativeLibrary.GetExport(library, "EC_KEY_new_by_curve_name"))(714);
        fixed (byte* bytes = sample.PublicKey)
        {
            CryptoSample.Expect(1 == ((delegate* unmanaged[Cdecl]<nint, byte*, nuint, nint, int>)
                NativeLibrary.GetExport(library, "EC_KEY_oct2key"))(key, bytes, 33, 0));
        }

        return key;
    }
}
