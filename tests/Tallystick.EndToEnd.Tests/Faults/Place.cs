using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Tallystick.EndToEnd.Tests.Faults;

/// <summary>Where a story takes place: the addresses of its processes, the operator's key, and the database behind them.</summary>
internal sealed record Place(string ServerUrl, string GateUrl, string StripeUrl, string OperatorKey, Func<string> Connection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>How often the gate died meanwhile: every time may have cost the bytes that were not durable.</summary>
    public Func<int> GateDeaths { get; init; } = () => 0;

    /// <summary>One number out of the database, which may be away for a while.</summary>
    public Task<long> Number(string sql) => Patiently(async database =>
    {
        await using var command = new NpgsqlCommand(sql, database);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Stop), CultureInfo.InvariantCulture);
    });

    /// <summary>Returns within milliseconds of the moment when the number is no longer 0.</summary>
    public Task<bool> Sees(string sql, string what)
    {
        var began = Stopwatch.StartNew();
        return Patiently(async database =>
        {
            await using var command = new NpgsqlCommand(sql, database);
            while (Convert.ToInt64(await command.ExecuteScalarAsync(Stop), CultureInfo.InvariantCulture) == 0)
            {
                began.Elapsed.ShouldBeLessThan(Patience, $"waited for {what}");
                await Task.Delay(2, Stop);
            }

            return true;
        });
    }

    private async Task<T> Patiently<T>(Func<NpgsqlConnection, Task<T>> ask)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var database = new NpgsqlConnection(Connection() + ";Pooling=false;Timeout=5");
                await database.OpenAsync(Stop);
                return await ask(database);
            }
            catch (NpgsqlException away) when (
                began.Elapsed < Patience && (away.IsTransient || away.SqlState?.StartsWith("57P", StringComparison.Ordinal) == true))
            {
                await Task.Delay(50, Stop);
            }
        }
    }
}
