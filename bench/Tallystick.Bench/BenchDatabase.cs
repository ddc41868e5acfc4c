using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tallystick.Server.Foundation;

namespace Tallystick.Bench;

/// <summary>A migrated database of its own on the cluster that <c>./tally bench</c> started (fsync on), dropped at the end.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly string _admin;
    private readonly string _name;

    private BenchDatabase(string admin, string name)
    {
        (_admin, _name) = (admin, name);
        ConnectionString = new NpgsqlConnectionStringBuilder(admin) { Database = name }.ConnectionString;
        Source = new NpgsqlDataSourceBuilder(ConnectionString).Build();
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    public Database Database => new(Source);

    public static async Task<BenchDatabase> Create(string name, CancellationToken stop)
    {
        var admin = Environment.GetEnvironmentVariable("TALLY_TEST_POSTGRES")
            ?? throw new InvalidOperationException("TALLY_TEST_POSTGRES is not set: run it as ./tally bench.");
        SqlTypes.Register();
        var database = new BenchDatabase(admin, $"tally_bench_{name}_{Environment.ProcessId}");
        await database.Admin($"create database {database._name}", stop);
        await new Migrator(database.Source, NullLogger<Migrator>.Instance).Run(stop);
        return database;
    }

    public async Task Execute(string sql, CancellationToken stop)
    {
        await using var command = Source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Admin($"drop database {_name} with (force)", CancellationToken.None);
    }

    private async Task Admin(string sql, CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(_admin + ";Pooling=false");
        await connection.OpenAsync(stop);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(stop);
    }
}
