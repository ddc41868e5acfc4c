using Npgsql;
using Tallystick.Hosting;
using Tallystick.Server;
using Tallystick.Server.Accounts;
using Tallystick.Server.Foundation;

try
{
    await using var app = ServerApp.Build(args);
    await app.Services.GetRequiredService<Migrator>().Run(app.Lifetime.ApplicationStopping);
    if (args is ["unlock", .. var rest])
    {
        return await app.Unlock(rest.FirstOrDefault());
    }

    await app.RunAsync();
    return 0;
}
catch (InvalidConfigurationException invalid)
{
    await Console.Error.WriteLineAsync(invalid.Message);
    return 78;
}
catch (Exception failure) when (failure is NpgsqlException or IOException)
{
    // A database that is away or a port that is taken: one clear line, not a stack.
    await Console.Error.WriteLineAsync($"The server cannot start: {failure.Message}");
    return 69;
}
