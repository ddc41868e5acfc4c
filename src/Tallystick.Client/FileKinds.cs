using System.Runtime.InteropServices;

namespace Tallystick.Client;

/// <summary>Whether a path is an ordinary file. A pipe cannot be told from one by its attributes, and opening it would wait for a writer.</summary>
internal static partial class FileKinds
{
    // statx(2): its structure is the same on every processor, which that of stat is not.
    private const int AtCurrentFolder = -100;
    private const int WantType = 1;
    private const int ModeOffset = 28;
    private const int StructureBytes = 256;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Links are followed.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            // Elsewhere a device says so itself, and pipes do not lie in folders or are seldom.
            return File.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) == 0;
        }

        Span<byte> answer = stackalloc byte[StructureBytes];
        return Statx(AtCurrentFolder, path, 0, WantType, answer) == 0
            ? (BitConverter.ToUInt16(answer[ModeOffset..]) & TypeMask) == Regular
            : File.Exists(path);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint wanted, Span<byte> answer);
}
