namespace Tallystick.Server.Foundation;

/// <summary>Folders and files that only the account of the server may read.</summary>
internal static class PrivateFolder
{
    public static DirectoryInfo Create(params string[] parts)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parts));
        if (!OperatingSystem.IsWindows())
        {
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        return folder;
    }

    /// <summary>
    /// The bytes of a secret, made once by <paramref name="make"/>. Two servers that start at once end with the same
    /// ones: the file is written aside and linked into place, and the first wins.
    /// </summary>
    public static byte[] ReadOrCreate(string path, Func<byte[]> make)
    {
        if (!File.Exists(path))
        {
            var aside = $"{path}.{Environment.ProcessId}.new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(aside, options))
            {
                file.Write(make());
                file.Flush(flushToDisk: true);
            }

            try
            {
                File.Move(aside, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(aside);
            }
        }

        return File.ReadAllBytes(path);
    }
}
