using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal;

/// <summary>The chart of accounts with what each holds.</summary>
internal sealed class ListAccounts(Database database)
{
    public static void Map(WebApplication app) => app
        .MapGet("/v1/journal/accounts", async (
            ListAccounts slice, CancellationToken stop, string? kind = null, long after = 0, int limit = 50) =>
            (await slice.Handle(kind, after, limit, stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.Operate)
        .WithName("ListJournalAccounts")
        .WithSummary("Accounts of the journal and their balances, debit positive, in order of number.")
        .Produces<Page<Account>>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status403Forbidden);

    public async Task<Outcome<Page<Account>>> Handle(string? kind, long after, int limit, CancellationToken stop)
    {
        if (NumberedPage.Check(limit, after) is { } invalid)
        {
            return invalid;
        }

        if (kind is not null && (kind.Length > 40 || kind.Contains('\0', StringComparison.Ordinal)))
        {
            return Problems.Invalid("kind", "not the name of a kind of account.");
        }

        return await Page<Account>.Read(
            limit, most => Read(kind, after, most, stop), a => a.Id.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<IReadOnlyList<Account>> Read(string? kind, long after, int most, CancellationToken stop) =>
        [.. (await database.Query<Row>(
            """
            select a.id, a.kind, a.owner, a.currency,
              coalesce((select sum(p.amount) from journal.posting p where p.account_id = a.id), 0)::bigint as minor
            from journal.account a
            where a.id > @After and (@Kind::text is null or a.kind = @Kind)
            order by a.id limit @Most
            """,
            new { After = after, Kind = kind, Most = most },
            stop)).Select(r => new Account(
                r.Id, r.Kind, r.Owner == Guid.Empty ? null : r.Owner, new Money(r.Minor, r.Currency)))];

    internal sealed record Account(long Id, string Kind, Guid? Owner, Money Balance);

    private sealed record Row(long Id, string Kind, Guid Owner, Currency Currency, long Minor);
}
