using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payouts.Contracts;

/// <summary>A payout as its payee and the operator see it.</summary>
/// <param name="Amount">What is or will be sent.</param>
/// <param name="Netted">What of it settled a debt of the payee when it was to be sent; not part of the amount.</param>
/// <param name="Reversed">What of the amount was taken back at the gateway after it was paid; it is owed again.</param>
/// <param name="Kept">What was queued beyond a step that the gateway sends; not part of the amount, and payable still.</param>
/// <param name="State">queued, sending, unknown, paid, failed, blocked, netted, reversed, set_aside.</param>
internal sealed record PayoutView(
    PayoutId PayoutId, BillingRunId BillingRunId, OrganisationId OrganisationId, Money Amount, Money Netted, Money Reversed,
    Money Kept, string State, int Attempt, string? TransferId, string? Reason, DateTimeOffset QueuedAt, DateTimeOffset? PaidAt,
    ReceiptId? ReceiptId);

/// <summary>Takes payouts in. What is queued here is sent by this module's worker, once.</summary>
internal sealed class PayoutQueue(Database database, Books books, IdSource ids, WakeUps wakeUps, TimeProvider clock)
{
    /// <summary>Stores payouts and moves what they pay out of what is owed; once per run, payee and currency.</summary>
    /// <returns>Their ids, in the order of <paramref name="due"/>.</returns>
    public async Task<IReadOnlyList<PayoutId>> AddAll(
        Tx tx, BillingRunId run, IReadOnlyList<(OrganisationId Payee, Money Amount)> due)
    {
        var now = clock.GetUtcNow();
        var added = due.Select(_ => ids.New<PayoutId>()).ToList();
        await tx.Execute(
            """
            insert into payouts.payout (id, run_id, organisation_id, minor, currency, state, queued_at, due_at)
            select i, @run, p, m, c, 'queued', @now, @now from unnest(@Ids, @Payees, @Minors, @Currencies) u (i, p, m, c)
            """,
            new
            {
                run,
                now,
                Ids = added.Select(i => i.Value).ToArray(),
                Payees = due.Select(d => d.Payee.Value).ToArray(),
                Minors = due.Select(d => d.Amount.Minor).ToArray(),
                Currencies = due.Select(d => d.Amount.Currency.Code).ToArray(),
            });
        await books.PostAll(tx, [.. due.Zip(added, (d, id) => PayoutPostings.Queued(id, d.Payee, d.Amount, now))]);
        tx.AfterCommit(() => wakeUps.Wake(SendPayouts.Worker));
        return added;
    }

    public async Task<PayoutView?> Find(PayoutId id, CancellationToken stop) =>
        await database.QueryOne<PayoutRow>(
            $"select {PayoutRow.Columns} from payouts.payout where id = @id", new { id }, stop) is { } row
            ? row.View()
            : null;

    /// <summary>Payouts of one payee, or of all, in order.</summary>
    public async Task<IReadOnlyList<PayoutView>> List(
        OrganisationId? payee, PayoutsWanted wanted, int most, CancellationToken stop) =>
        [.. (await database.Query<PayoutRow>(
            $"""
            select {PayoutRow.Columns} from payouts.payout
            where (@Payee::uuid is null or organisation_id = @Payee) and (@State::text is null or state = @State)
              and (@After::uuid is null or {(wanted.Newest ? "id < @After" : "id > @After")})
            order by id {(wanted.Newest ? "desc" : "asc")} limit @most
            """,
            new { Payee = payee?.Value, wanted.State, After = wanted.After?.Value, most },
            stop)).Select(r => r.View())];
}

/// <summary>Which payouts, in which order.</summary>
/// <param name="State">Only those that stand there; null for any.</param>
/// <param name="Newest">Newest first, else oldest first.</param>
/// <param name="After">Those that follow this one in that order.</param>
internal sealed record PayoutsWanted(string? State = null, bool Newest = true, PayoutId? After = null);
