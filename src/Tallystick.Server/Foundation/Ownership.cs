using Npgsql;

namespace Tallystick.Server.Foundation;

/// <summary>
/// Which workers of the installation this process runs: for each it holds an advisory lock, all on one connection to the database,
/// whose end gives them back, also after a crash.
/// </summary>
internal sealed class Ownership(FoundationOptions options) : IAsyncDisposable
{
    // Without a pool: a session that was only put back would hold on to what it had locked.
    private readonly string _database = new NpgsqlConnectionStringBuilder(options.Database)
    {
        ApplicationName = "tallystick-server-workers", Pooling = false, Timeout = 15, CommandTimeout = 60,
    }.ConnectionString;
    private readonly SemaphoreSlim _turn = new(1);
    private NpgsqlConnection? _connection;
    private long _term;

    /// <summary>Answers the term for which the worker is ours, null when another process runs it.</summary>
    public async Task<long?> TryTake(string worker, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            _connection ??= await Open(stop);
            return await Ask("select pg_try_advisory_lock(hashtextextended($1, 7461))", worker, stop) ? _term : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether it is still ours; no longer when the connection broke meanwhile.</summary>
    public async Task<bool> Stands(long term, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            return term == _term && await Ask("select $1 is not null", "", stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Leaves the worker to whichever process asks next.</summary>
    public async Task GiveBack(string worker, long term, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (term == _term)
            {
                await Ask("select pg_advisory_unlock(hashtextextended($1, 7461))", worker, stop);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        _turn.Dispose();
    }

    private async Task<NpgsqlConnection> Open(CancellationToken stop)
    {
        var connection = new NpgsqlConnection(_database);
        try
        {
            await connection.OpenAsync(stop);
            return connection;
        }
        catch (Exception)
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<bool> Ask(string sql, string worker, CancellationToken stop)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, _connection) { Parameters = { new() { Value = worker } } };
            return (bool)(await command.ExecuteScalarAsync(stop))!;
        }
        catch (Exception)
        {
            // Whether it holds anything is not known any more: it ends, so that nobody holds what another may have taken.
            await End();
            throw;
        }
    }

    private async Task End()
    {
        if (_connection is { } connection)
        {
            (_connection, _term) = (null, _term + 1);
            await connection.DisposeAsync();
        }
    }
}
