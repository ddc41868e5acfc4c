using System.Runtime.InteropServices;

namespace Tallystick.Crypto;

/// <summary>A shared library of the system and its exports, or the reason why it cannot be used.</summary>
internal sealed class NativeExports
{
    private readonly nint _library;

    private NativeExports(string name, nint library) => (Name, _library) = (name, library);

    public string Name { get; }

    /// <summary>The first of <paramref name="names"/> that loads; null when none is installed.</summary>
    public static NativeExports? TryLoad(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            // Only the system's own folders: a library beside the application or in the working folder is
            // somebody else's code in the place where keys live.
            if (NativeLibrary.TryLoad(name, typeof(NativeExports).Assembly, DllImportSearchPath.System32, out var library))
            {
                return new NativeExports(name, library);
            }
        }

        return null;
    }

    /// <summary>Address of a function that may be missing; 0 when it is.</summary>
    public nint Find(string export) => NativeLibrary.TryGetExport(_library, export, out var address) ? address : 0;

    /// <summary>Address of one function. A library without it is another library: that is a broken machine.</summary>
    public nint this[string export] => NativeLibrary.GetExport(_library, export);
}
