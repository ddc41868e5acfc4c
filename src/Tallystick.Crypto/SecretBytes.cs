using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tallystick.Crypto;

/// <summary>
/// Key material outside the managed heap, where the collector makes no copies of it; zeroed when released.
/// </summary>
internal sealed unsafe class SecretBytes : SafeHandle
{
    public SecretBytes(int lengthBytes)
        : base(0, ownsHandle: true)
    {
        Length = lengthBytes;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)lengthBytes));
    }

    public SecretBytes(ReadOnlySpan<byte> secret)
        : this(secret.Length) => secret.CopyTo(Span);

    public int Length { get; }

    public override bool IsInvalid => handle == 0;

    public byte* Pointer => (byte*)handle;

    public Span<byte> Span => new(Pointer, Length);

    public void Wipe() => CryptographicOperations.ZeroMemory(Span);

    protected override bool ReleaseHandle()
    {
        Wipe();
        NativeMemory.Free(Pointer);
        return true;
    }
}
