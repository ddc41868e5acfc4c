using System.Runtime.InteropServices;

namespace Tallystick.Hosting;

/// <summary>
/// Files that are whole or absent, also after a power cut: written beside their place, forced to disk, renamed,
/// and the rename forced to disk through the folder.
/// </summary>
public static partial class DurableFile
{
    private const int ReadOnlyDirectory = 0x10000;

    /// <summary>Writes or replaces a file. The folder must exist.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="bytes">Its whole content.</param>
    /// <param name="mode">Permissions; by default what the process's mask leaves.</param>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        Place(path, bytes, mode);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>The same without forcing the rename: for many files, followed by <see cref="SyncFolder"/> once each.</summary>
    public static void Place(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        var temporary = path + ".new";
        // A left-over of a crash could have other permissions, so it is not reused.
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var file = new FileStream(temporary, options))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Forces a folder's entries to disk. Does nothing on systems whose file systems need no such step.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open the folder {folder}: error {Marshal.GetLastPInvokeError()}.");
        }

        var failed = Sync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed)
        {
            throw new IOException($"Cannot force the folder {folder} to disk: error {error}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
