using System.Text.Json;
using Tallystick.Core.Json;
using Tallystick.Hosting;

namespace Tallystick.Gate.Feed;

/// <summary>
/// What a gate must not forget when it is started again: when it last heard its server, and whether it ever had the whole
/// feed. Without it every restart would begin the time anew for which a gate that is cut off may go on.
/// </summary>
internal sealed class LinkMemory(GateOptions options)
{
    private readonly string _path = Path.Combine(options.DataFolder, "link.json");

    /// <summary>What is remembered.</summary>
    /// <param name="IsWhole">The feed's head was reached once.</param>
    /// <param name="HeardMs">Milliseconds since 1970 by this gate's clock; 0 for never.</param>
    internal sealed record Heard(bool IsWhole, long HeardMs);

    /// <summary>A file that is missing or cannot be read says that nothing was heard: the side on which nothing is delivered.</summary>
    public Heard Load()
    {
        try
        {
            return JsonSerializer.Deserialize<Heard>(File.ReadAllBytes(_path), TallyJson.Options) ?? new Heard(false, 0);
        }
        catch (Exception nothing) when (nothing is FileNotFoundException or JsonException)
        {
            return new Heard(false, 0);
        }
    }

    public void Save(Heard heard) => DurableFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(heard, TallyJson.Options));
}
