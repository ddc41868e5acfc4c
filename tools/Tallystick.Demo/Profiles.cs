using System.Text.Json;
using Tallystick.Core.Json;

namespace Tallystick.Demo;

/// <summary>The people's API keys as profiles of the command line, so that whoever watched can go on as one of them.</summary>
internal static class Profiles
{
    public static string Folder(Settings settings) => Path.Combine(settings.Work, "profiles");

    public static string NameOf(string actor) => actor.Replace(' ', '-').ToLowerInvariant();

    public static void Save(Settings settings, string actor, string apiKey)
    {
        Directory.CreateDirectory(Folder(settings));
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var file = new FileStream(Path.Combine(Folder(settings), NameOf(actor) + ".json"), options);
        JsonSerializer.Serialize(file, new { server = settings.Server.ToString(), api_key = apiKey }, TallyJson.Options);
    }
}
