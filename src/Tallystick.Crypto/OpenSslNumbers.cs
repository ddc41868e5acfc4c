namespace Tallystick.Crypto;

/// <summary>
/// The arithmetic modulo n that ends a signature, on libcrypto's big numbers: Montgomery products and a Fermat
/// inverse with constant-time exponentiation, because nonce and key are secrets. Every number is cleared when freed.
/// </summary>
internal sealed unsafe class OpenSslNumbers : IDisposable
{
    private const int ConstantTime = 4;

    private static readonly delegate* unmanaged[Cdecl]<nint> ContextNew =
        (delegate* unmanaged[Cdecl]<nint>)Export("BN_CTX_secure_new");
    private static readonly delegate* unmanaged[Cdecl]<nint, void> ContextFree =
        (delegate* unmanaged[Cdecl]<nint, void>)Export("BN_CTX_free");
    private static readonly delegate* unmanaged[Cdecl]<nint> NumberNew =
        (delegate* unmanaged[Cdecl]<nint>)Export("BN_new");
    private static readonly delegate* unmanaged[Cdecl]<nint, void> NumberClearFree =
        (delegate* unmanaged[Cdecl]<nint, void>)Export("BN_clear_free");
    private static readonly delegate* unmanaged[Cdecl]<nint, int, void> NumberFlags =
        (delegate* unmanaged[Cdecl]<nint, int, void>)Export("BN_set_flags");
    private static readonly delegate* unmanaged[Cdecl]<byte*, int, nint, nint> NumberRead =
        (delegate* unmanaged[Cdecl]<byte*, int, nint, nint>)Export("BN_bin2bn");
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, int, int> NumberWrite =
        (delegate* unmanaged[Cdecl]<nint, byte*, int, int>)Export("BN_bn2binpad");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int> Modulo =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int>)Export("BN_nnmod");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int> ModuloAdd =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int>)Export("BN_mod_add_quick");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, int> PowerConstantTime =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, int>)Export("BN_mod_exp_mont_consttime");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int> ToMontgomery =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int>)Export("BN_to_montgomery");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int> MontgomeryProduct =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, int>)Export("BN_mod_mul_montgomery");
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint, int> Subtract =
        (delegate* unmanaged[Cdecl]<nint, nint, nint, int>)Export("BN_sub");

    // Read-only after this, and so shared by all threads.
    private static readonly nint Order = FromBytes(Secp256k1Scalar.Order);
    private static readonly nint OrderMinusTwo = MakeOrderMinusTwo();
    private static readonly nint Montgomery = MakeMontgomery();

    public nint Context { get; } = LibCrypto.NotNull(ContextNew(), "a number context");

    /// <summary>A secret number, to be given back to <see cref="Forget"/>.</summary>
    public nint Read(ReadOnlySpan<byte> bytes)
    {
        var number = FromBytes(bytes);
        NumberFlags(number, ConstantTime);
        return number;
    }

    public void Forget(nint number) => NumberClearFree(number);

    /// <summary>Writes r ‖ s; false when r or s is 0 and another nonce is needed.</summary>
    public bool TryFinishSignature(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> digest,
        ReadOnlySpan<byte> pointX,
        Span<byte> compact)
    {
        var (k, d, z, r) = (Read(nonce), Read(privateKey), Read(digest), Read(pointX));
        var (t, s) = (Read([]), Read([]));
        try
        {
            Done(Modulo(r, r, Order, Context));
            Done(Modulo(z, z, Order, Context));
            Done(ToMontgomery(t, r, Montgomery, Context));
            Done(MontgomeryProduct(t, t, d, Montgomery, Context));                              // r d
            Done(ModuloAdd(t, t, z, Order));                                                    // z + r d
            Done(PowerConstantTime(s, k, OrderMinusTwo, Order, Context, Montgomery));           // 1 / k
            Done(ToMontgomery(s, s, Montgomery, Context));
            Done(MontgomeryProduct(s, s, t, Montgomery, Context));
            Write(r, compact[..32]);
            Write(s, compact[32..]);
            if (!Secp256k1Scalar.IsLow(compact[32..]))
            {
                Done(Subtract(s, Order, s));
                Write(s, compact[32..]);
            }
        }
        finally
        {
            foreach (var number in (ReadOnlySpan<nint>)[k, d, z, r, t, s])
            {
                Forget(number);
            }
        }

        return Secp256k1Scalar.IsInRange(compact[..32]) && Secp256k1Scalar.IsInRange(compact[32..]);
    }

    public void Dispose() => ContextFree(Context);

    private static void Write(nint number, Span<byte> bytes)
    {
        fixed (byte* to = bytes)
        {
            _ = NumberWrite(number, to, bytes.Length);
        }
    }

    private static nint FromBytes(ReadOnlySpan<byte> bytes)
    {
        var number = LibCrypto.NotNull(NumberNew(), "a number");
        fixed (byte* from = bytes)
        {
            _ = NumberRead(from, bytes.Length, number);
        }

        return number;
    }

    private static nint MakeOrderMinusTwo()
    {
        var two = FromBytes([2]);
        var result = FromBytes([]);
        Done(Subtract(result, Order, two));
        NumberClearFree(two);
        return result;
    }

    private static nint MakeMontgomery()
    {
        var context = LibCrypto.NotNull(ContextNew(), "a number context");
        var montgomery = LibCrypto.NotNull(
            ((delegate* unmanaged[Cdecl]<nint>)Export("BN_MONT_CTX_new"))(), "a Montgomery context");
        Done(((delegate* unmanaged[Cdecl]<nint, nint, nint, int>)Export("BN_MONT_CTX_set"))(montgomery, Order, context));
        ContextFree(context);
        return montgomery;
    }

    private static void Done(int result) => LibCrypto.Succeeded(result, "arithmetic modulo n");

    private static nint Export(string name) => LibCrypto.Exports[name];
}
