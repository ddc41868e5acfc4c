using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Metering;

/// <summary>Makes the day's partition before the first event of the day is written.</summary>
internal sealed class EventPartitions(Database database)
{
    private readonly ConcurrentDictionary<DateOnly, bool> _known = new();

    /// <summary>
    /// Writes into a day. A database that was restored under a running server has fewer partitions than this process made:
    /// then the day's is made again and the work done once more.
    /// </summary>
    public async Task<T> Within<T>(DateOnly day, Func<Task<T>> write, CancellationToken stop)
    {
        await Ensure(day, stop);
        try
        {
            return await write();
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.CheckViolation && _known.TryRemove(day, out _))
        {
            await Ensure(day, stop);
            return await write();
        }
    }

    public async Task Ensure(DateOnly day, CancellationToken stop)
    {
        if (_known.ContainsKey(day))
        {
            return;
        }

        // Names and bounds come from a DateOnly: nothing here that a caller could write.
        var sql =
            $"""
            create table if not exists metering.event_{day:yyyyMMdd} partition of metering.event
            for values from ('{day:yyyy-MM-dd}') to ('{day.AddDays(1):yyyy-MM-dd}')
            """;
        await database.InTransaction(
            async tx =>
            {
                await tx.Take(Turn.UsagePartitions);
                await tx.Connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: stop));
            },
            stop);
        _known[day] = true;
    }
}
