using Npgsql;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Journal;

/// <summary>
/// Recomputes the invariants of the books on two paths: by SQL over the tables as they are, and here, posting by posting,
/// in 128 bits. Other modules add what only they can prove (<see cref="BookCheck"/>).
/// </summary>
internal sealed class CheckBooks(Database database, IEnumerable<BookCheck> others, IServiceProvider services)
{
    private const int DifferencesMost = 100;

    public static void Map(WebApplication app) => app
        .MapGet("/v1/journal/checks", async (CheckBooks slice, CancellationToken stop) =>
            Results.Ok(await slice.Handle(stop)))
        .RequiresScope(Scope.Operate)
        .WithName("CheckBooks")
        .WithSummary("Recomputes every invariant of the books and lists what does not hold.")
        .Produces<Report>()
        .ProducesProblem(StatusCodes.Status403Forbidden);

    public async Task<Report> Handle(CancellationToken stop)
    {
        var results = new List<Check>
        {
            await Sql("transactions_sum_to_zero", TransactionsSql, stop),
            await Sql("trial_balance_is_zero", TrialBalanceSql, stop),
            await Sql("liabilities_are_never_overdrawn", OverdrawnSql, stop),
            await Recompute(stop),
        };
        foreach (var other in others)
        {
            results.Add(new Check(other.Name, await other.Differences(services, stop)));
        }

        return new Report(results.TrueForAll(r => r.Holds), results);
    }

    private const string TransactionsSql =
        """
        select t.reference || ' is off by ' || coalesce(sum(p.amount), 0) || ' ' || coalesce(p.currency, '(no postings)')
        from journal.transaction t left join journal.posting p on p.transaction_id = t.id
        group by t.id, t.reference, p.currency having coalesce(sum(p.amount), 1) <> 0 limit 100
        """;

    private const string TrialBalanceSql =
        "select currency || ' is off by ' || sum(amount) from journal.posting group by currency having sum(amount) <> 0";

    // Accounts that hold what we owe are credit balances: a debit one would say that somebody got more than was theirs.
    private const string OverdrawnSql =
        """
        select a.kind || ' of ' || a.owner || ' is overdrawn by ' || sum(p.amount) || ' ' || a.currency
        from journal.account a join journal.posting p on p.account_id = a.id
        where a.kind in ('buyer_prepaid', 'deferred', 'creator_payable', 'holdback', 'payout_in_transit',
          'refund_in_transit')
        group by a.id having sum(p.amount) > 0 limit 100
        """;

    private async Task<Check> Sql(string name, string sql, CancellationToken stop) =>
        new(name, await database.Query<string>(sql, null, stop));

    private async Task<Check> Recompute(CancellationToken stop)
    {
        await using var connection = await database.Source.OpenConnectionAsync(stop);
        // Both readings must be of the same instant.
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, stop);
        var balances = new Dictionary<long, Int128>();
        var (open, sums) = (0L, new Dictionary<string, Int128>(StringComparer.Ordinal));
        var differences = new List<string>();
        await foreach (var row in Rows(
            connection, "select transaction_id, account_id, amount, currency from journal.posting order by transaction_id", stop))
        {
            if (row.GetInt64(0) != open)
            {
                CloseTransaction(open, sums, differences);
                open = row.GetInt64(0);
            }

            var (account, amount, currency) = (row.GetInt64(1), row.GetInt64(2), row.GetString(3));
            balances[account] = balances.GetValueOrDefault(account) + amount;
            sums[currency] = sums.GetValueOrDefault(currency) + amount;
        }

        CloseTransaction(open, sums, differences);
        await foreach (var row in Rows(
            connection,
            "select account_id, sum(amount)::bigint from journal.posting group by account_id",
            stop))
        {
            if (balances.Remove(row.GetInt64(0), out var here) && here != row.GetInt64(1))
            {
                differences.Add($"account {row.GetInt64(0)}: {row.GetInt64(1)} by SQL, {here} posting by posting");
            }
        }

        differences.AddRange(balances.Keys.Select(id => $"account {id} has postings that SQL did not see"));
        return new Check("balances_equal_the_sum_of_postings", [.. differences.Take(DifferencesMost)]);
    }

    private static void CloseTransaction(long id, Dictionary<string, Int128> sums, List<string> differences)
    {
        differences.AddRange(sums.Where(s => s.Value != 0).Select(s => $"transaction {id} is off by {s.Value} {s.Key}"));
        sums.Clear();
    }

    private static async IAsyncEnumerable<NpgsqlDataReader> Rows(
        NpgsqlConnection connection, string sql,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            yield return reader;
        }
    }

    /// <param name="Name">What must hold.</param>
    /// <param name="Differences">Where it does not, at most a hundred.</param>
    internal sealed record Check(string Name, IReadOnlyList<string> Differences)
    {
        public bool Holds => Differences.Count == 0;
    }

    internal sealed record Report(bool Holds, IReadOnlyList<Check> Checks);
}
