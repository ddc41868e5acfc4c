using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tallystick.Server.Foundation;

[assembly: AssemblyFixture(typeof(Tallystick.Server.Tests.Support.Postgres))]

namespace Tallystick.Server.Tests.Support;

/// <summary>
/// A real PostgreSQL for the whole run: the one named by TALLY_TEST_POSTGRES (connection string of a superuser), else a
/// cluster of its own in a temporary folder. Migrated once into a template; every suite gets a copy of it.
/// </summary>
public sealed class Postgres : IAsyncLifetime
{
    private readonly SemaphoreSlim _copying = new(1);
    private string _admin = "";
    private string? _folder;
    private string _template = "";
    private int _copies;

    public async ValueTask InitializeAsync()
    {
        _admin = Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES") ?? await StartOwnCluster();
        _template = $"tally_template_{Environment.ProcessId}";
        await Admin($"create database {_template}");
        await using var source = NpgsqlDataSource.Create(ConnectionString(_template) + ";Pooling=false");
        await new Migrator(source, NullLogger<Migrator>.Instance).Run(CancellationToken.None);
    }

    /// <summary>Connection string of a fresh, migrated database.</summary>
    public async Task<string> NewDatabase()
    {
        var name = $"tally_test_{Environment.ProcessId}_{Interlocked.Increment(ref _copies)}";
        await _copying.WaitAsync();
        try
        {
            await Admin($"create database {name} template {_template}");
        }
        finally
        {
            _copying.Release();
        }

        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        _copying.Dispose();
        if (_folder is not null)
        {
            await Run("pg_ctl", "-D", Path.Combine(_folder, "data"), "-m", "immediate", "stop");
            Directory.Delete(_folder, recursive: true);
            return;
        }

        for (var i = 1; i <= _copies; i++)
        {
            await Admin($"drop database if exists tally_test_{Environment.ProcessId}_{i} with (force)");
        }

        await Admin($"drop database if exists {_template} with (force)");
    }

    private string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder(_admin) { Database = database, MaxPoolSize = 20 }.ConnectionString;

    private async Task Admin(string sql)
    {
        await using var connection = new NpgsqlConnection(_admin + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> StartOwnCluster()
    {
        _folder = Directory.CreateTempSubdirectory("tally-pg-").FullName;
        var port = FreePort();
        if (Environment.UserName == "root")
        {
            using var chown = Process.Start("chown", ["postgres", _folder]);
            await chown.WaitForExitAsync();
        }

        var data = Path.Combine(_folder, "data");
        await Run("initdb", "-D", data, "-U", "tally", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await Run(
            "pg_ctl", "-D", data, "-w", "-l", Path.Combine(_folder, "log"), "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -k {_folder} -c fsync=off -c max_connections=200", "start");
        return $"Host=127.0.0.1;Port={port};Username=tally;Database=postgres";
    }

    private static async Task Run(string program, params string[] arguments)
    {
        var folder = Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last();
        var path = Path.Combine(folder, "bin", program);
        // PostgreSQL refuses to run as root.
        var (file, all) = Environment.UserName == "root"
            ? ("setpriv", (string[])["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments])
            : (path, arguments);
        using var process = Process.Start(new ProcessStartInfo(file, all) { WorkingDirectory = "/", RedirectStandardOutput = program != "pg_ctl" })!;
        if (program != "pg_ctl")
        {
            await process.StandardOutput.ReadToEndAsync();
        }

        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
