namespace Tallystick.Crypto;

/// <summary>
/// OpenSSL 3's libcrypto. .NET on Linux does not start its own cryptography without it, so it is taken as always
/// present: this is the path of last resort.
/// </summary>
internal static unsafe class LibCrypto
{
    private static readonly Lazy<NativeExports> Loaded = new(static () =>
        NativeExports.TryLoad("libcrypto.so.3")
        ?? throw new PlatformNotSupportedException(
            "libcrypto.so.3 (OpenSSL 3) is missing; .NET itself needs it. On Debian: apt-get install libssl3"));

    private static readonly Lazy<nint> ClearErrorsExport = new(static () => Loaded.Value["ERR_clear_error"]);

    public static NativeExports Exports => Loaded.Value;

    /// <summary>Empties this thread's error queue, which a refused signature may have filled.</summary>
    public static void ClearErrors() => ((delegate* unmanaged[Cdecl]<void>)ClearErrorsExport.Value)();

    /// <summary>A null pointer from a constructor of libcrypto means that memory ran out or the library is broken.</summary>
    public static nint NotNull(nint pointer, string made) =>
        pointer != 0 ? pointer : throw new InvalidOperationException($"libcrypto could not make {made}");

    public static void Succeeded(int result, string step)
    {
        if (result != 1)
        {
            throw new InvalidOperationException($"libcrypto failed at {step}");
        }
    }
}
