using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;

namespace Tallystick.Cli;

/// <summary>
/// Keys of logs that this person has used before, one file per log. A log that shows another key one day is caught:
/// the first key stays until the person deletes the file.
/// </summary>
internal sealed class PinnedKeys(string folder)
{
    /// <summary>The key pinned for a log; null when there is none.</summary>
    /// <exception cref="CommandException">The file was damaged.</exception>
    public VerifierKey? Find(string origin)
    {
        var file = FileOf(origin);
        if (!File.Exists(file))
        {
            return null;
        }

        return VerifierKey.TryParse(File.ReadAllText(file).Trim(), out var key) && key.Name == origin
            ? key
            : throw new CommandException($"The pinned key in {file} cannot be read. Delete it and pass --key again.");
    }

    public void Pin(VerifierKey key)
    {
        Directory.CreateDirectory(folder);
        DurableFile.Write(FileOf(key.Name), Encoding.UTF8.GetBytes(key + "\n"));
    }

    public string FileOf(string origin) => Path.Combine(
        folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))[..32] + ".vkey");
}
