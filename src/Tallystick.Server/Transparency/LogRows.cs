using System.Runtime.CompilerServices;
using Npgsql;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Transparency;

/// <summary>Streams leaves in the order of the log. A gap means that the table was tampered with or badly restored.</summary>
internal sealed class LogRows(Database database)
{
    private const string Sql =
        "select log_index, leaf from transparency.entry where log_index >= $1 order by log_index limit $2";

    public async IAsyncEnumerable<byte[]> From(long index, long most, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var connection = await database.Source.OpenConnectionAsync(stop);
        // A start reads the whole log, which may take longer than any other command.
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = index }, new() { Value = most } },
        };
        await using var reader = await command.ExecuteReaderAsync(stop);
        for (var expected = index; await reader.ReadAsync(stop); expected++)
        {
            var found = reader.GetInt64(0);
            if (found != expected)
            {
                throw new LogRefusedException(
                    $"The log's table has entry {found} where {expected} should be. Restore the database from a backup.");
            }

            yield return await reader.GetFieldValueAsync<byte[]>(1, stop);
        }
    }
}
