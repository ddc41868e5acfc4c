using System.Security.Cryptography;
using System.Text;
using Tallystick.Core.Ids;

namespace Tallystick.Cli;

/// <summary>
/// What this machine remembers of a folder that was published to a server: the work, and the key of its draft, by which a run
/// after an interruption finds its own. Kept with the profiles, not in the folder: that may be read-only, and what is in it
/// gets published.
/// </summary>
internal sealed class Published
{
    private readonly string _file;

    private Published(string file)
    {
        _file = file;
        string[] lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        Work = lines.Length > 0 && WorkId.TryParse(lines[0].Trim(), null, out var work) ? work : null;
        DraftKey = lines.Length > 1 && lines[1].Trim() is { Length: > 0 } key
            ? key
            : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    }

    public WorkId? Work { get; }

    public string DraftKey { get; }

    public static Published Of(Uri server, string path) => new(Path.Combine(
        Session.Home(), "published",
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{server}\n{path}")))[..32]));

    public void Remember(WorkId work)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        File.WriteAllText(_file, $"{work}\n{DraftKey}\n");
    }
}
