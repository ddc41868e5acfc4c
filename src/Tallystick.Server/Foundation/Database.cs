using Dapper;
using Npgsql;
using Tallystick.Hosting;

namespace Tallystick.Server.Foundation;

/// <summary>The one database. A read takes a connection; everything that changes something runs in <see cref="InTransaction{T}"/>.</summary>
internal sealed class Database(NpgsqlDataSource source)
{
    private const int AttemptsMost = 5;

    public NpgsqlDataSource Source => source;

    public async Task<T> Read<T>(Func<NpgsqlConnection, Task<T>> query, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        return await query(connection);
    }

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? arguments, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: stop))).AsList();
    }

    public async Task<T?> QueryOne<T>(string sql, object? arguments, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<T>(
            new CommandDefinition(sql, arguments, cancellationToken: stop));
    }

    public Task InTransaction(Func<Tx, Task> work, CancellationToken stop) => InTransaction(
        async tx =>
        {
            await work(tx);
            return true;
        },
        stop);

    /// <summary>
    /// Runs the work and commits. PostgreSQL may refuse a transaction through no fault of ours (deadlock,
    /// serialization): nothing of it happened then, so it is run again from the start, a bounded number of times.
    /// </summary>
    public async Task<T> InTransaction<T>(Func<Tx, Task<T>> work, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await source.OpenConnectionAsync(stop);
            await using var transaction = await connection.BeginTransactionAsync(stop);
            var tx = new Tx(connection, stop);
            T result;
            try
            {
                result = await work(tx);
                await transaction.CommitAsync(stop);
            }
            catch (PostgresException refused) when (
                attempt < AttemptsMost &&
                refused.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                continue;
            }

            tx.RunAfterCommit();
            return result;
        }
    }
}

/// <summary>
/// A transaction in progress. Handed to whatever must happen in it, or not at all. Only the one who began it ends it.
/// </summary>
internal sealed class Tx(NpgsqlConnection connection, CancellationToken stop)
{
    private readonly List<Action> _afterCommit = [];

    public NpgsqlConnection Connection => connection;

    /// <summary>Cheap, in memory, and allowed to be lost: waking a worker, never doing its work.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    public Task<int> Execute(string sql, object? arguments = null) =>
        connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: stop));

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? arguments = null) =>
        (await connection.QueryAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: stop))).AsList();

    public Task<T?> QueryOne<T>(string sql, object? arguments = null) =>
        connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, arguments, cancellationToken: stop));

    /// <summary>Waits until nobody else has this turn, and has it until the transaction ends.</summary>
    /// <param name="turn">What is done.</param>
    /// <param name="of">For which thing; all of the installation when nothing is said.</param>
    public Task Take(Turn turn, object? of = null) => Execute(
        "select pg_advisory_xact_lock(hashtextextended(@Of, @Turn))", new { Of = of?.ToString() ?? "", Turn = (long)turn });

    /// <summary>The same for several things: in one order, so that no two who want some of the same wait for each other.</summary>
    public Task Take(Turn turn, IReadOnlyCollection<string> of) => Execute(
        """
        select pg_advisory_xact_lock(number) from (
          select distinct hashtextextended(name, @Turn) as number from unnest(@Of) n (name) order by 1) ordered
        """,
        new { Of = of.ToArray(), Turn = (long)turn });

    /// <summary>
    /// One row of many: when the work throws, what it wrote is undone up to here and the exception goes on to the caller,
    /// who sets that row aside and continues the same transaction with the next one.
    /// </summary>
    public async Task Isolated(Func<Task> work)
    {
        var told = _afterCommit.Count;
        await Execute("savepoint isolated");
        try
        {
            await work();
        }
        catch
        {
            // Not with the caller's token: what is cancelled is undone as well, or the connection is lost and says so.
            await connection.ExecuteAsync("rollback to savepoint isolated; release savepoint isolated");
            _afterCommit.RemoveRange(told, _afterCommit.Count - told);
            throw;
        }

        await Execute("release savepoint isolated");
    }

    /// <summary>Work that may refuse after it has written: a refusal undoes what it wrote, and the transaction goes on.</summary>
    public async Task<Outcome<T>> AllOrNothing<T>(Func<Task<Outcome<T>>> work)
    {
        Outcome<T> outcome = default;
        try
        {
            await Isolated(async () =>
            {
                outcome = await work();
                if (outcome.Refusal is not null)
                {
                    throw new RefusedException();
                }
            });
        }
        catch (RefusedException)
        {
            // The outcome says it.
        }

        return outcome;
    }

    public void RunAfterCommit() => _afterCommit.ForEach(action => action());

    private sealed class RefusedException : Exception;
}
