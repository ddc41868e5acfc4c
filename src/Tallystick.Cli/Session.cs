using System.CommandLine;
using System.Text.Json;
using Tallystick.Client;
using Tallystick.Core.Json;

namespace Tallystick.Cli;

/// <summary>
/// Who talks to which server. An API key comes from <c>--as NAME</c> (a profile saved by <c>tally sign-up</c> or
/// <c>tally login</c>), else from TALLY_API_KEY, else from the profile named <c>default</c>. A profile is for one server:
/// its key goes to that origin and nowhere else, and to a gate goes only a licence.
/// </summary>
internal sealed class Session
{
    public static readonly Option<string?> ServerOption = new("--server")
    {
        Description = "Address of the server (else that of --as, TALLY_SERVER_URL, the default profile's, or http://127.0.0.1:8400).",
        Recursive = true,
    };

    public static readonly Option<string?> ProfileOption = new("--as")
    {
        Description = "Saved profile to act as (else TALLY_API_KEY, or the profile 'default').",
        Recursive = true,
    };

    public static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "Print one JSON document for machines and nothing else.",
        Recursive = true,
    };

    private const string DefaultServer = "http://127.0.0.1:8400";
    private const string DefaultGate = "http://127.0.0.1:8401";

    /// <summary>A saved key, the server it is for, and the gate that delivers for that server, if one was named.</summary>
    internal sealed record Profile(string Server, string ApiKey, string? Gate = null);

    public static TallyClient Open(ParseResult parsed)
    {
        var name = parsed.GetValue(ProfileOption);
        var profile = Load(name ?? "default");
        if (name is not null && profile is null)
        {
            throw new CommandException(
                $"There is no profile '{name}'; {SavedProfiles()}. Make one with 'tally sign-up --save-as {name}' (new) or " +
                $"'tally login --save-as {name}' (with a key you have).");
        }

        var address = Address(parsed, profile, isNamed: name is not null);
        if (name is null && Environment.GetEnvironmentVariable("TALLY_API_KEY") is { } set)
        {
            return new TallyClient(address, set);
        }

        if (profile is not null && !Origin.IsSame(address, Http(profile.Server)))
        {
            // The default profile is not meant when another server is: that one is asked as anybody would.
            return name is null ? new TallyClient(address, apiKey: null) : throw new CommandException(
                $"The profile '{name}' is for {profile.Server}; its key is not sent to {address}. Leave --server out, or sign in there: " +
                "'tally login --save-as NAME --server …'.");
        }

        return new TallyClient(address, profile?.ApiKey);
    }

    /// <param name="isNamed">Whether the person named the profile: its key is for its server, whatever the environment says.</param>
    public static Uri Address(ParseResult parsed, Profile? profile = null, bool isNamed = false)
    {
        var fromEnvironment = Environment.GetEnvironmentVariable("TALLY_SERVER_URL");
        var text = parsed.GetValue(ServerOption)
            ?? (isNamed ? profile?.Server : fromEnvironment ?? profile?.Server)
            ?? DefaultServer;
        return Http(text);
    }

    /// <summary>
    /// Address of the gate that delivers for a server: of <c>--gate</c>, else the profile's, else TALLY_GATE_URL, else that of
    /// './tally up'. What the environment says holds for the server it names: a licence of one server is not shown to
    /// another's gate.
    /// </summary>
    public static Uri Gate(ParseResult parsed, string? given, Uri server)
    {
        if (given is not null)
        {
            return Http(given);
        }

        if (Load(parsed.GetValue(ProfileOption) ?? "default") is { Gate: { } saved } profile && IsOne(Http(profile.Server), server))
        {
            return Http(saved);
        }

        var around = Http(Environment.GetEnvironmentVariable("TALLY_SERVER_URL") ?? DefaultServer);
        return IsOne(around, server)
            ? Http(Environment.GetEnvironmentVariable("TALLY_GATE_URL") ?? DefaultGate)
            : throw new CommandException(
                $"Which gate delivers for {server} is not known: say it with --gate, or save it with 'tally login --gate …'. " +
                $"A licence is not shown to the gate of {around}.");
    }

    /// <summary>Where a log is read: of <c>--log</c>, else at the server.</summary>
    public static Uri Log(ParseResult parsed, string? given)
    {
        var name = parsed.GetValue(ProfileOption);
        return given is not null ? Http(given) : LogOf(Address(parsed, Load(name ?? "default"), isNamed: name is not null));
    }

    public static Uri LogOf(Uri server) => new(server, "log/");

    /// <summary>This machine has several names; a port of it is one server.</summary>
    private static bool IsOne(Uri server, Uri other) =>
        Origin.IsSame(server, other) || (server.IsLoopback && other.IsLoopback && server.Port == other.Port);

    public static Uri Http(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandException($"'{text}' is not an http or https address.");

    public static void Save(string name, Profile profile)
    {
        var file = ProfileFile(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // Only the owner may read a key, from the first byte on.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(file, options);
        JsonSerializer.Serialize(stream, profile, TallyJson.Options);
    }

    /// <summary>What somebody does whose key the server refused, and where that key came from.</summary>
    public static string AboutRefusedKey(ParseResult parsed)
    {
        var from = parsed.CommandResult.Command.Name == "login" ? "The key that was given"
            : parsed.GetValue(ProfileOption) is { } named ? $"The key of the profile '{named}'"
            : Environment.GetEnvironmentVariable("TALLY_API_KEY") is not null ? "The key in TALLY_API_KEY"
            : "The key of the profile 'default'";
        return $"{from} is not known there, or it is closed: revoked, expired, or of a closed account. Save one that works with " +
            $"'tally login', or act as another profile with --as NAME ({SavedProfiles()}).";
    }

    /// <summary>What somebody does whom the server does not know.</summary>
    public static string HowToSignIn() =>
        $"Act as a saved profile with --as NAME ({SavedProfiles()}), set TALLY_API_KEY, save a key with 'tally login', " +
        "or begin with 'tally sign-up'.";

    /// <summary>A key that is overwritten is lost: the person chooses another name or deletes the file.</summary>
    public static void RequireFree(string name)
    {
        if (File.Exists(ProfileFile(name)))
        {
            throw new CommandException(
                $"The profile '{name}' exists already. Choose another with --save-as, or delete {ProfileFile(name)}.");
        }
    }

    private static Profile? Load(string name)
    {
        var file = ProfileFile(name);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Profile>(File.ReadAllText(file), TallyJson.Options);
        }
        catch (JsonException)
        {
            throw new CommandException($"The profile {file} cannot be read. Delete it and sign in again.");
        }
    }

    private static string SavedProfiles()
    {
        var names = Directory.Exists(Home())
            ? Directory.EnumerateFiles(Home(), "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToArray()
            : [];
        return names.Length == 0 ? "none is saved yet" : $"saved are: {string.Join(", ", names)}";
    }

    private static string ProfileFile(string name)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new CommandException("A profile name has 1 to 64 letters, digits, '-' or '_'.");
        }

        return Path.Combine(Home(), name + ".json");
    }

    /// <summary>Where this person's profiles and pinned keys are kept.</summary>
    public static string Home() => Environment.GetEnvironmentVariable("TALLY_PROFILES") ?? Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.Create),
        "tallystick");
}

/// <summary>A command cannot go on; the message is for the person at the terminal.</summary>
internal sealed class CommandException(string message, int exitCode = CommandException.TypedWrong) : Exception(message)
{
    /// <summary>What was typed cannot be done (EX_USAGE).</summary>
    public const int TypedWrong = 64;

    /// <summary>What was typed is right, and the state does not allow it.</summary>
    public const int Refused = 1;

    /// <summary>What the process ends with.</summary>
    public int ExitCode => exitCode;
}
