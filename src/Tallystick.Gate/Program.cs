using Tallystick.Gate;
using Tallystick.Hosting;

try
{
    if (args is ["repair", .. var rest])
    {
        return GateApp.Repair(rest);
    }

    await using var app = GateApp.Build(args);
    await app.RunAsync();
    return 0;
}
catch (InvalidConfigurationException invalid)
{
    await Console.Error.WriteLineAsync(invalid.Message);
    return 78;
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
{
    // A port that is taken, a folder that cannot be used, a log that is damaged: one clear line, not a stack.
    await Console.Error.WriteLineAsync($"The gate cannot {(args is ["repair", ..] ? "repair its log" : "start")}: {failure.Message}");
    return 69;
}
