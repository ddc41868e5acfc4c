using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Journal;

/// <summary>The journal itself, as it was written.</summary>
internal sealed class ListTransactions(Database database)
{
    private const int ReferenceLengthMost = 200;

    public static void Map(WebApplication app) => app
        .MapGet("/v1/journal/transactions", async (
            ListTransactions slice, CancellationToken stop,
            string? reference = null, long? account = null, long after = 0, int limit = 50) =>
            (await slice.Handle(new(reference, account, after, limit), stop)).ToHttp(Results.Ok))
        .RequiresScope(Scope.Operate)
        .WithName("ListJournalTransactions")
        .WithSummary("Transactions with all their postings; of one account, or those whose reference starts so.")
        .Produces<Page<Transaction>>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status403Forbidden);

    public async Task<Outcome<Page<Transaction>>> Handle(Filter filter, CancellationToken stop)
    {
        if ((NumberedPage.Check(filter.Limit, filter.After) ?? NumberedPage.Check(filter.Limit, filter.Account ?? 0, "account"))
            is { } invalid)
        {
            return invalid;
        }

        if (filter.Reference is { } text &&
            (text.Length > ReferenceLengthMost || text.Contains('\0', StringComparison.Ordinal)))
        {
            return Problems.Invalid("reference", $"at most {ReferenceLengthMost} characters.");
        }

        return await Page<Transaction>.Read(
            filter.Limit, most => Read(filter with { Limit = most }, stop), t => t.Id.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<IReadOnlyList<Transaction>> Read(Filter filter, CancellationToken stop)
    {
        var transactions = await database.Query<TransactionRow>(
            """
            select t.id, t.kind, t.reference, t.at from journal.transaction t
            where t.id > @After and (@Reference::text is null or starts_with(t.reference, @Reference))
              and (@Account::bigint is null or exists (
                select 1 from journal.posting p where p.account_id = @Account and p.transaction_id = t.id))
            order by t.id limit @Limit
            """,
            filter,
            stop);
        var postings = (await database.Query<PostingRow>(
            """
            select p.transaction_id, p.account_id, a.kind, a.owner, p.currency, p.amount
            from journal.posting p join journal.account a on a.id = p.account_id
            where p.transaction_id = any(@Ids) order by p.transaction_id, p.line
            """,
            new { Ids = transactions.Select(t => t.Id).ToArray() },
            stop)).ToLookup(p => p.TransactionId);
        return [.. transactions.Select(t => new Transaction(
            t.Id, t.Kind, t.Reference, t.At, [.. postings[t.Id].Select(p => new Posting(
                p.AccountId, p.Kind, p.Owner == Guid.Empty ? null : p.Owner, new Money(p.Amount, p.Currency)))]))];
    }

    internal sealed record Filter(string? Reference, long? Account, long After, int Limit);

    internal sealed record Posting(long AccountId, string Account, Guid? Owner, Money Amount);

    internal sealed record Transaction(
        long Id, string Kind, string Reference, DateTimeOffset At, IReadOnlyList<Posting> Postings);

    private sealed record TransactionRow(long Id, string Kind, string Reference, DateTimeOffset At);

    private sealed record PostingRow(
        long TransactionId, long AccountId, string Kind, Guid Owner, Currency Currency, long Amount);
}
