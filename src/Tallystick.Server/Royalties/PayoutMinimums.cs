using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Royalties;

/// <summary>
/// The least that a payee wants to be paid at once, by currency: set by that payee and nobody else, and no more than the
/// operator allows. What is not set is not in force.
/// </summary>
internal sealed class PayoutMinimums(Database database, RoyaltiesOptions options, TimeProvider clock)
{
    /// <summary>More than there are currencies.</summary>
    private const int MinimumsMost = 50;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/payout-minimums", async (PayoutMinimums slice, Caller caller, CancellationToken stop) =>
            Results.Ok(await slice.Show(caller.Organisation, stop)))
            .RequiresScope(Scope.StatementsRead)
            .WithName("ShowPayoutMinimums")
            .WithSummary("Below what the caller does not want to be paid yet, by currency.")
            .Produces<View>();
        app.MapPut("/v1/payout-minimums", async (Request body, PayoutMinimums slice, Caller caller, CancellationToken stop) =>
            (await slice.Put(body, caller.Organisation, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.PaymentsWrite)
            .WithName("PutPayoutMinimums")
            .WithSummary("Sets the caller's minimums, all at once; a currency that is left out has none.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
    }

    /// <summary>The minimums of some payees.</summary>
    public static async Task<Dictionary<(OrganisationId Payee, Currency Currency), long>> Of(Tx tx, IEnumerable<OrganisationId> payees) =>
        (await tx.Query<Set>(
            "select payee, currency, minor from royalties.payout_minimum where payee = any(@Payees)",
            new { Payees = payees.Select(p => p.Value).Distinct().ToArray() })).ToDictionary(s => (s.Payee, s.Currency), s => s.Minor);

    public async Task<View> Show(OrganisationId payee, CancellationToken stop) => new(
        [.. (await database.Query<Row>(
            "select minor, currency from royalties.payout_minimum where payee = @payee order by currency", new { payee }, stop))
            .Select(r => new Money(r.Minor, r.Currency))],
        options.PayoutMinorLeast,
        options.PayoutMinimumMost);

    public async Task<Outcome<View>> Put(Request body, OrganisationId payee, CancellationToken stop)
    {
        var wanted = body.Minimums;
        var errors = new InputErrors()
            .Require(wanted.Count <= MinimumsMost, "minimums", $"At most {MinimumsMost}.")
            .Require(wanted.All(m => m.Minor >= 1 && m.Minor <= options.PayoutMinimumMost), "minimums", $"1 to {options.PayoutMinimumMost} minor units.")
            .Require(wanted.DistinctBy(m => m.Currency).Count() == wanted.Count, "minimums", "Each currency once.");
        if (errors.Any)
        {
            return errors.ToRefusal();
        }

        await database.InTransaction(
            async tx =>
            {
                var codes = wanted.Select(m => m.Currency.Code).ToArray();
                await tx.Execute("delete from royalties.payout_minimum where payee = @payee and currency <> all(@codes)", new { payee, codes });
                await tx.Execute(
                    """
                    insert into royalties.payout_minimum (payee, currency, minor, set_at)
                    select @payee, c, m, @Now from unnest(@codes, @Minors) u (c, m)
                    on conflict (payee, currency) do update set minor = excluded.minor, set_at = excluded.set_at
                    """,
                    new { payee, codes, Minors = wanted.Select(m => m.Minor).ToArray(), Now = clock.GetUtcNow() });
            },
            stop);
        return await Show(payee, stop);
    }

    internal sealed record Request(IReadOnlyList<Money> Minimums);

    /// <param name="OperatorLeast">Less than this is never paid by a billing run, in minor units of any currency.</param>
    /// <param name="MinimumMost">No minimum can be more.</param>
    internal sealed record View(IReadOnlyList<Money> Minimums, long OperatorLeast, long MinimumMost);

    private sealed record Row(long Minor, Currency Currency);

    private sealed record Set(OrganisationId Payee, Currency Currency, long Minor);
}
