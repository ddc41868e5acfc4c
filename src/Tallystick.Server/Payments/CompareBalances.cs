using Tallystick.Core.Amounts;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>Our books and the gateway's own balance in one currency, at one moment.</summary>
/// <param name="Ours">What our accounts at the gateway hold.</param>
/// <param name="Theirs">What the gateway says it holds, pending and available.</param>
/// <param name="Unbooked">What it has told of and our books do not hold yet: each of it is on its way, or a case.</param>
internal sealed record Comparison(
    long Id, DateTimeOffset ComparedAt, Currency Currency, long Ours, long Theirs, long Unbooked)
{
    public const string Columns = "id, compared_at, currency, ours, theirs, unbooked";

    /// <summary>What nobody can say. It is to be nothing.</summary>
    public long Unexplained => checked(Theirs - Ours - Unbooked);
}

/// <summary>Compares our books with the gateway's balance to the unit, once a day and whenever the operator asks.</summary>
internal sealed class CompareBalances(
    Database database, StripeGateway gateway, SweepGateway sweep, BookMovements movements, Books books, SetAsides setAsides,
    TimeProvider clock)
{
    public const string Worker = "payments.compare";

    private static readonly TimeSpan Every = TimeSpan.FromDays(1);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    /// <summary>Money that moves while we look makes both differ: looked at again, and what is left after that is told.</summary>
    private const int LooksMost = 3;

    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/gateway/comparison", async (CompareBalances slice, CancellationToken stop) =>
            (await slice.Handle(stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("CompareWithGateway")
            .WithSummary("Compares our books with the payment provider's own balance now, to the unit, and keeps the result.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        app.MapGet("/v1/gateway/comparisons", async (
            CompareBalances slice, CancellationToken stop, long? after = null, int limit = 50) =>
            (await slice.List(after, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("ListGatewayComparisons")
            .WithSummary("Comparisons that were made, newest first.")
            .Produces<Page<Line>>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden);
    }

    public async Task<bool> Step(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        if (!gateway.IsConfigured || await database.QueryOne<bool>(
            "select exists (select 1 from payments.comparison where compared_at > @Since)", new { Since = now - Every }, stop))
        {
            return false;
        }

        await Compare(stop);
        return false;
    }

    public async Task<Outcome<View>> Handle(CancellationToken stop) => !gateway.IsConfigured
        ? PaymentsProblems.NoProvider.With("No key of a payment provider is set.")
        : await Compare(stop) is { } compared
            ? new View(compared[0].ComparedAt, compared.All(c => c.Unexplained == 0 && c.Unbooked == 0), [.. compared.Select(Line.Of)])
            : PaymentsProblems.ProviderUnknown.With("Its balance could not be read.");

    public async Task<Outcome<Page<Line>>> List(long? after, int limit, CancellationToken stop) =>
        NumberedPage.Check(limit, after ?? 0) is { } invalid
            ? invalid
            : await Page<Line>.Read(
                limit,
                async most => [.. (await database.Query<Comparison>(
                    $"select {Comparison.Columns} from payments.comparison where id < @Before order by id desc limit @most",
                    new { Before = after ?? long.MaxValue, most },
                    stop)).Select(Line.Of)],
                l => l.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private async Task<IReadOnlyList<Comparison>?> Compare(CancellationToken stop)
    {
        for (var look = 1; ; look++)
        {
            if (await Look(stop) is not { } found)
            {
                return null;
            }

            if (look == LooksMost || found.All(c => c.Unexplained == 0))
            {
                return await database.InTransaction(tx => Keep(tx, found), stop);
            }
        }
    }

    /// <summary>1 Book all that the gateway tells of. 2 Ask it for its balance. 3 Read ours, in one moment.</summary>
    private async Task<IReadOnlyList<Comparison>?> Look(CancellationToken stop)
    {
        // 1
        if (!await sweep.CatchUp(SweptLists.Movements, stop))
        {
            return null;
        }

        await movements.CatchUp(stop);

        // 2
        if (await gateway.Get("/v1/balance", null, stop) is not StripeOutcome.Done { Answer: var balance })
        {
            return null;
        }

        var theirs = new Dictionary<Currency, long>();
        foreach (var line in balance.Items("pending").Concat(balance.Items("available")))
        {
            var currency = Currency.Parse((line.Text("currency") ?? "").ToUpperInvariant());
            theirs[currency] = checked(theirs.GetValueOrDefault(currency) + line.Long("amount"));
        }

        // 3
        var now = clock.GetUtcNow();
        return await database.InTransaction(
            async tx =>
            {
                var ours = (await books.Totals(tx, [AccountKind.GatewayPending, AccountKind.GatewayAvailable]))
                    .ToDictionary(t => t.Currency, t => t.Minor);
                var compared = new List<Comparison>();
                foreach (var currency in theirs.Keys.Union(ours.Keys).OrderBy(c => c.Code, StringComparer.Ordinal))
                {
                    compared.Add(new Comparison(
                        0, now, currency, ours.GetValueOrDefault(currency), theirs.GetValueOrDefault(currency),
                        await GatewayMovements.Unbooked(tx, currency)));
                }

                return compared;
            },
            stop);
    }

    private async Task<IReadOnlyList<Comparison>> Keep(Tx tx, IReadOnlyList<Comparison> found)
    {
        var kept = new List<Comparison>();
        foreach (var one in found)
        {
            kept.Add(one with
            {
                Id = await tx.QueryOne<long>(
                    """
                    insert into payments.comparison (compared_at, currency, ours, theirs, unbooked)
                    values (@ComparedAt, @Currency, @Ours, @Theirs, @Unbooked) returning id
                    """,
                    new { one.ComparedAt, one.Currency, one.Ours, one.Theirs, one.Unbooked }),
            });
            if (one.Unexplained == 0)
            {
                await setAsides.Resolve(tx, PaymentCases.Difference, one.Currency.Code, "both agree");
            }
            else
            {
                await setAsides.Put(tx, PaymentCases.Difference, one.Currency.Code, $"the gateway has {one.Unexplained} more than our books", new()
                {
                    ["ours"] = one.Ours,
                    ["theirs"] = one.Theirs,
                    ["unbooked"] = one.Unbooked,
                });
            }
        }

        await tx.Execute("delete from payments.comparison where compared_at < @Before", new { Before = clock.GetUtcNow() - Kept });
        return kept;
    }

    /// <param name="Agree">To the unit, with nothing that is still to be booked.</param>
    internal sealed record View(DateTimeOffset ComparedAt, bool Agree, IReadOnlyList<Line> Currencies);

    /// <param name="Unbooked">Told of by the provider and not in our books yet.</param>
    /// <param name="Unexplained">What is left: a difference that is a task for the operator.</param>
    internal sealed record Line(long Id, DateTimeOffset ComparedAt, Money Ours, Money Theirs, Money Unbooked, Money Unexplained)
    {
        public static Line Of(Comparison one) => new(
            one.Id, one.ComparedAt, new(one.Ours, one.Currency), new(one.Theirs, one.Currency), new(one.Unbooked, one.Currency),
            new(one.Unexplained, one.Currency));
    }
}
