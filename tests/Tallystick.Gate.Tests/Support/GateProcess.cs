using System.Diagnostics;

namespace Tallystick.Gate.Tests.Support;

/// <summary>The gate as a process of its own.</summary>
internal static class GateProcess
{
    /// <param name="around">What it works with; its data is in a folder "data" there.</param>
    /// <param name="url">Where it listens.</param>
    /// <param name="more">Further variables of its environment.</param>
    /// <param name="descriptors">How many files and sockets it may have open; as many as this process when it is null.</param>
    public static Process Launch(Around around, string url, Dictionary<string, string?> more, int? descriptors = null)
    {
        string[] program = ["dotnet", typeof(GateApp).Assembly.Location];
        var start = new ProcessStartInfo(
            descriptors is null ? program[0] : "/bin/bash",
            descriptors is null ? program[1..] : ["-c", $"ulimit -n {descriptors} && exec \"$@\"", "_", .. program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = url,
                ["Tally__Gate__ServerUrl"] = around.Server.Url,
                ["Tally__Gate__PublicUrl"] = "http://gate.test",
                ["Tally__Gate__Secret"] = ServerDouble.Secret,
                ["Tally__Gate__DataFolder"] = Path.Combine(around.Folder, "data"),
                ["Tally__Gate__BlobFolder"] = around.World.Blobs,
                ["Tally__Gate__FeedWaitSeconds"] = "1",
                ["Tally__Gate__UploadLingerMilliseconds"] = "20",
            },
        };
        foreach (var (name, value) in more)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>What it works with.</summary>
    internal sealed record Around(ServerDouble Server, World World, string Folder);
}
