using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Runs <c>Module/Migrations/NNN-name.sql</c> in order of number, Foundation first. Each module has a schema of its own
/// and no foreign key leaves it. A file that has run is never edited: its hash is kept and compared.
/// </summary>
internal sealed partial class Migrator(NpgsqlDataSource source, ILogger<Migrator> log)
{
    private const long LockKey = 0x7461_6c6c_7901;

    public async Task Run(CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        // Two servers may start at once: the second waits, then finds the work done.
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_lock(@LockKey)", new { LockKey }, commandTimeout: 300, cancellationToken: stop));
        await connection.ExecuteAsync(
            """
            create schema if not exists foundation;
            create table if not exists foundation.migration (
              module text not null, number int not null, name text not null, sha256 text not null,
              ran_at timestamptz not null default now(), primary key (module, number));
            """);
        var ran = (await connection.QueryAsync<Ran>(
            "select module, number, name, sha256 from foundation.migration order by module, number")).AsList();
        var scripts = Scripts().ToList();
        RefuseNewer(ran, scripts);
        var done = ran.ToDictionary(r => (r.Module, r.Number), r => r.Sha256);
        foreach (var script in scripts)
        {
            if (!done.TryGetValue((script.Module, script.Number), out var sha256))
            {
                await RunOne(connection, script, stop);
            }
            else if (sha256 != script.Sha256)
            {
                throw new InvalidOperationException(
                    $"Migration {script.Module}/{script.Number:000}-{script.Name} was edited after it had run. " +
                    "Restore the file and put the change into a new migration.");
            }
        }

        await connection.ExecuteAsync("select pg_advisory_unlock(@LockKey)", new { LockKey });
    }

    /// <summary>
    /// A database that a newer version has changed means something else than this one would read and write: it starts with all of what
    /// it knows, or not at all.
    /// </summary>
    private static void RefuseNewer(IEnumerable<Ran> ran, IEnumerable<Script> scripts)
    {
        var known = scripts.Select(s => (s.Module, s.Number)).ToHashSet();
        var unknown = ran.Where(r => !known.Contains((r.Module, r.Number)))
            .Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Module}/{r.Number:000}-{r.Name}")).ToList();
        if (unknown.Count > 0)
        {
            throw new InvalidConfigurationException(
                $"The database was changed by a newer version of this server, with {string.Join(", ", unknown)}, which this version does " +
                "not know: start the newer version, or restore the copy of the database that was made before the upgrade.");
        }
    }

    private async Task RunOne(NpgsqlConnection connection, Script script, CancellationToken stop)
    {
        await using var transaction = await connection.BeginTransactionAsync(stop);
        // Sent as one batch and not through Dapper: a script may hold any text, also what looks like a parameter.
        await using var command = new NpgsqlCommand(script.Sql, connection, transaction) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync(stop);
        await connection.ExecuteAsync(
            "insert into foundation.migration (module, number, name, sha256) values (@Module, @Number, @Name, @Sha256)",
            script,
            transaction);
        await transaction.CommitAsync(stop);
        LogRan(script.Module, script.Number, script.Name);
    }

    private static IEnumerable<Script> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal))
            .Select(n => Read(assembly, n))
            .OrderBy(s => s.Module != nameof(Foundation))
            .ThenBy(s => s.Module, StringComparer.Ordinal)
            .ThenBy(s => s.Number);
    }

    private static Script Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var sql = reader.ReadToEnd();
        var parts = resource.Split('/');
        var file = parts[^1];
        return new Script(
            parts[0],
            int.Parse(file[..3], CultureInfo.InvariantCulture),
            file[4..^4],
            sql,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
    }

    [LoggerMessage(1001, LogLevel.Information, "Migration {Module}/{Number}-{Name} ran.")]
    private partial void LogRan(string module, int number, string name);

    private sealed record Script(string Module, int Number, string Name, string Sql, string Sha256);

    private sealed record Ran(string Module, int Number, string Name, string Sha256);
}
