using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tallystick.Core.Spool;

namespace Tallystick.Gate.Metering;

/// <summary>One file of the log. Its space is taken from the disk before the first record, so that a full disk is met there.</summary>
internal sealed partial class LogSegment
{
    private long _durableBytes;
    private long _lastSeq;

    private LogSegment(long number, string path, SafeFileHandle? handle) => (Number, Path, Handle) = (number, path, handle);

    public long Number { get; }

    public string Path { get; }

    /// <summary>Bytes of whole records that are on disk. Written by the log's writer, read by anyone.</summary>
    public long DurableBytes
    {
        get => Interlocked.Read(ref _durableBytes);
        set => Interlocked.Exchange(ref _durableBytes, value);
    }

    /// <summary>Number of the last event in it or before it.</summary>
    public long LastSeq
    {
        get => Interlocked.Read(ref _lastSeq);
        set => Interlocked.Exchange(ref _lastSeq, value);
    }

    private SafeFileHandle? Handle { get; }

    public static LogSegment Create(string folder, long number, long bytes)
    {
        var path = PathOf(folder, number);
        try
        {
            var handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, preallocationSize: bytes);
            return new LogSegment(number, path, handle);
        }
        catch (IOException)
        {
            // A file that got no space must not be taken for a segment.
            File.Delete(path);
            throw;
        }
    }

    public static LogSegment Existing(string path) =>
        new(long.Parse(System.IO.Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture), path, null);

    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*.log").Where(f => long.TryParse(
            System.IO.Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Order(StringComparer.Ordinal);

    public void Write(ReadOnlySpan<byte> bytes, long at) => RandomAccess.Write(Handle!, bytes, at);

    /// <summary>Writes that all in front of a place is on the disk; returns how many bytes that took.</summary>
    public int Mark(long at)
    {
        Span<byte> mark = stackalloc byte[SpoolFrame.HeadBytes];
        SpoolFrame.Close(mark, SpoolKind.Synced, 0, Number);
        Write(mark, at);
        return mark.Length;
    }

    /// <summary>What a file begins with.</summary>
    public static byte[] StateBytes(SpoolState state, long segment)
    {
        state.Compact();
        using var bytes = new MemoryStream();
        var frame = new byte[SpoolFrame.HeadBytes + SpoolFrame.PayloadBytesMost];
        state.WriteTo((kind, payload) =>
        {
            payload.CopyTo(frame.AsSpan(SpoolFrame.HeadBytes));
            bytes.Write(frame, 0, SpoolFrame.Close(frame, kind, payload.Length, segment));
        });
        return bytes.ToArray();
    }

    public void Sync()
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(Handle!);
            return;
        }

        // The file's length was set when it was made, so its data is all there is to sync.
        if (DataSync(Handle!) != 0)
        {
            throw new IOException($"fdatasync of {Path} failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Makes the file's name durable.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsLinux())
        {
            using var handle = OpenFolder(folder, 0x10000 /* O_DIRECTORY */);
            if (handle.IsInvalid || FullSync(handle) != 0)
            {
                throw new IOException($"fsync of {folder} failed with errno {Marshal.GetLastPInvokeError()}.");
            }
        }
    }

    public void Close() => Handle?.Dispose();

    private static string PathOf(string folder, long number) =>
        System.IO.Path.Combine(folder, number.ToString("D12", CultureInfo.InvariantCulture) + ".log");

    /// <summary>Sleeps less than a millisecond, which the framework's timers cannot.</summary>
    public static void Pause(uint microseconds)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = MicroSleep(microseconds);
        }
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MicroSleep(uint microseconds);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FullSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle OpenFolder(string path, int flags);
}
