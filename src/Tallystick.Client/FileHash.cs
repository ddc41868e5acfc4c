using System.Security.Cryptography;

namespace Tallystick.Client;

/// <summary>Whether a file on this machine is what it should be.</summary>
internal static class FileHash
{
    public static async Task<bool> Matches(string path, string sha256, long sizeBytes, CancellationToken stop)
    {
        var there = new FileInfo(path);
        if (!there.Exists || there.Length != sizeBytes)
        {
            return false;
        }

        return await Of(path, stop) == sha256;
    }

    /// <summary>Lower-case hex.</summary>
    public static async Task<string> Of(string path, CancellationToken stop)
    {
        await using var content = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 128 * 1024, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }
}
