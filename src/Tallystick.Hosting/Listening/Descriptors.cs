using System.Runtime.InteropServices;

namespace Tallystick.Hosting.Listening;

/// <summary>
/// How many files and sockets this process may have open. A host that finds out by running into the limit fails where
/// nobody expects it (its runtime ends, its log cannot go on); so connections are limited to what is left over.
/// </summary>
public static partial class Descriptors
{
    // What the runtime, the log, the feed and calls to other processes have open, and those connections that are on their way out.
    private const int OfTheProcess = 256;
    private const int ConnectionsLeast = 64;
    private const int Files = 7;

    /// <summary>Raises the limit to the most that this process may give itself (getrlimit(2)), and returns it.</summary>
    public static long Most()
    {
        if (!OperatingSystem.IsLinux() || Get(Files, out var limit) != 0)
        {
            return int.MaxValue;
        }

        if (limit.Soft < limit.Hard && Set(Files, limit with { Soft = limit.Hard }) == 0)
        {
            limit = limit with { Soft = limit.Hard };
        }

        return (long)Math.Min(limit.Soft, int.MaxValue);
    }

    /// <summary>How many connections fit below the limit, at most as many as are wanted.</summary>
    /// <param name="limit">Of descriptors.</param>
    /// <param name="wanted">By the operator.</param>
    /// <param name="each">Descriptors that a connection may take: its own, and of what is sent or stored for it.</param>
    /// <param name="besides">Descriptors that this kind of host needs besides, at most.</param>
    /// <exception cref="InvalidConfigurationException">Too few to be of use.</exception>
    public static int Connections(long limit, int wanted, int each, int besides)
    {
        var fit = (limit - OfTheProcess - besides) / each;
        return fit >= ConnectionsLeast
            ? (int)Math.Min(fit, wanted)
            : throw new InvalidConfigurationException(
                $"This process may have {limit} files and sockets open and needs {OfTheProcess + besides + (ConnectionsLeast * each)}: " +
                "raise the limit (ulimit -Hn, or LimitNOFILE= of a systemd unit).");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Set(int resource, in Limit limit);

    private readonly record struct Limit(nuint Soft, nuint Hard);
}
