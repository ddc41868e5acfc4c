using System.Text.Json;
using Tallystick.Core.Json;

namespace Tallystick.Demo;

/// <summary>
/// The people's API keys as profiles of the command line, and their passwords, so that whoever watched can go on as one of them.
/// </summary>
internal static class Profiles
{
    public static string Folder(Settings settings) => Path.Combine(settings.Work, "profiles");

    /// <summary>A line for each of them: address, password, role.</summary>
    public static string SignIns(Settings settings) => Path.Combine(settings.Work, "sign-ins.txt");

    public static string NameOf(string actor) => actor.Replace(' ', '-').ToLowerInvariant();

    public static void SaveKey(Settings settings, string actor, string apiKey)
    {
        Directory.CreateDirectory(Folder(settings));
        using var file = Open(Path.Combine(Folder(settings), NameOf(actor) + ".json"), FileMode.Create);
        JsonSerializer.Serialize(file, new { server = settings.Server.ToString(), api_key = apiKey }, TallyJson.Options);
    }

    public static void SavePassword(Settings settings, string email, string password, string role)
    {
        Directory.CreateDirectory(settings.Work);
        using var lines = new StreamWriter(Open(SignIns(settings), FileMode.Append));
        lines.WriteLine($"{email,-38} {password}  {role}");
    }

    private static FileStream Open(string path, FileMode mode) => new(path, new FileStreamOptions
    {
        Mode = mode, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
