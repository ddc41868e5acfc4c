using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Ids;
using Tallystick.Core.Payments;
using Tallystick.Core.Royalties;
using Tallystick.Core.Transparency;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>Writes down what became of a payout.</summary>
internal sealed class PayoutRecord(
    Database database, Books books, LogReceipts receipts, SetAsides setAsides, TimeProvider clock)
{
    /// <summary>So often in a row is a hiccup of the network or of the database; more is for a person to see.</summary>
    private const int FailuresMost = 5;

    /// <summary>Card money settles within a week everywhere.</summary>
    private static readonly TimeSpan WaitsMost = TimeSpan.FromDays(7);

    /// <summary>Enough to know what the gateway's balance must cover; it is decided when it is sent.</summary>
    public async Task<PayoutNet> NetNow(PayoutRow row, CancellationToken stop) =>
        Net(row, (await books.Balance(Debt(row), stop)).Minor);

    /// <summary>
    /// 1 Only a payout of which nothing can have left. 2 Less what its payee owes by now, and in steps that the gateway sends. 3 From
    /// here on it may have been sent. Null when there is nothing to send: it changed meanwhile, or all of it settled the debt.
    /// </summary>
    public Task<PayoutRow?> Begin(PayoutRow asked, string account, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            // 1
            var row = await tx.QueryOne<PayoutRow>(
                $"""
                select {PayoutRow.Columns} from payouts.payout
                where id = @Id and state = 'queued' and attempt = @Attempt and first_sent_at is null for update
                """,
                new { asked.Id, asked.Attempt });
            if (row is null)
            {
                return null;
            }

            // 2
            var now = clock.GetUtcNow();
            var debt = (await books.LockBalances(tx, [Debt(row)]))[Debt(row)];
            var net = Net(row, debt);
            if (net.Settled > 0)
            {
                await books.Post(tx, PayoutPostings.Netted(
                    row.Id, row.Attempt, row.OrganisationId, row.Amount with { Minor = net.Settled }, now));
            }

            if (net.Kept > 0)
            {
                await books.Post(tx, PayoutPostings.Kept(
                    row.Id, row.Attempt, row.OrganisationId, row.Amount with { Minor = net.Kept }, now));
            }

            // 3
            var isLeft = net.Sent > 0;
            await tx.Execute(
                """
                update payouts.payout set minor = @Sent, netted = netted + @Settled, kept = kept + @Kept, state = @State,
                  reason = @Reason, first_sent_at = case when @isLeft then @now end, destination = @account
                where id = @Id
                """,
                new
                {
                    row.Id, net.Sent, net.Settled, net.Kept, isLeft, now, account,
                    State = isLeft ? "sending" : "netted",
                    Reason = isLeft ? null
                        : net.Kept > 0 ? "what is left is less than can be sent, and is payable still"
                        : "all of it settled what the payee owed",
                });
            return isLeft
                ? row with { Minor = net.Sent, State = "sending", FirstSentAt = now, Destination = account }
                : null;
        },
        stop);

    /// <summary>Paid: state, posting and receipt together.</summary>
    public Task Paid(PayoutRow row, string transfer, CancellationToken stop) =>
        database.InTransaction(tx => Paid(tx, row, transfer), stop);

    public async Task Paid(Tx tx, PayoutRow row, string transfer)
    {
        var now = clock.GetUtcNow();
        if (await tx.Execute(
            """
            update payouts.payout set state = 'paid', transfer_id = @transfer, paid_at = @now, reason = null, failures = 0
            where id = @Id and state not in ('paid', 'reversed', 'netted')
            """,
            new { row.Id, transfer, now }) == 0)
        {
            return;
        }

        await books.Post(tx, PayoutPostings.Paid(row.Id, row.OrganisationId, row.Amount, now));
        var receipt = await receipts.Append(
            tx,
            ReceiptKind.PayoutMade,
            row.Id.ToString(),
            new JsonObject
            {
                ["payout"] = row.Id.ToString(),
                ["billing_run"] = row.RunId.ToString(),
                ["amount_minor"] = row.Minor.ToString(CultureInfo.InvariantCulture),
                ["currency"] = row.Currency.Code,
            },
            [row.OrganisationId]);
        await tx.Execute("update payouts.payout set receipt_id = @receipt where id = @Id", new { row.Id, receipt });
        foreach (var kind in (string[])[PayoutCases.Failing, PayoutCases.NoBalance, PayoutCases.Refused])
        {
            await setAsides.Resolve(tx, kind, row.Id.ToString(), "paid");
        }
    }

    /// <summary>
    /// The gateway's balance does not cover it. Card money comes within days; what waits longer than any takes waits for a
    /// person, who is told.
    /// </summary>
    public Task WaitsForBalance(PayoutRow row, TimeSpan again, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var now = clock.GetUtcNow();
            await tx.Execute(
                """
                update payouts.payout set reason = 'waits for available balance', due_at = @Due, tries = tries + 1, failures = 0
                where id = @Id and state = 'queued'
                """,
                new { row.Id, Due = now + again });
            if (now - row.QueuedAt > WaitsMost)
            {
                await setAsides.Put(
                    tx, PayoutCases.NoBalance, row.Id.ToString(), "The gateway's balance has not covered it for days.",
                    new JsonObject { ["payout"] = row.Id.ToString(), ["amount"] = row.Amount.ToString() });
            }
        },
        stop);

    public Task State(PayoutRow row, string state, string? reason, TimeSpan again, CancellationToken stop) =>
        database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    update payouts.payout set state = @state, reason = @reason, due_at = @Due, tries = tries + 1,
                      failures = case when state = @state then failures else 0 end
                    where id = @Id and state not in ('paid', 'reversed', 'netted')
                    """,
                    new { row.Id, state, reason, Due = clock.GetUtcNow() + again });
                if (state != row.State)
                {
                    await Mended(tx, row);
                }
            },
            stop);

    /// <summary>This attempt is known to have paid nothing: the next one has a key of its own.</summary>
    public Task NewAttempt(PayoutRow row, string reason, TimeSpan again, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await tx.Execute(
                """
                update payouts.payout set state = 'queued', attempt = attempt + 1, first_sent_at = null, reason = @reason,
                  due_at = @Due, failures = 0
                where id = @Id and attempt = @Attempt and state not in ('paid', 'reversed', 'netted')
                """,
                new { row.Id, row.Attempt, reason, Due = clock.GetUtcNow() + again });
            await Mended(tx, row);
        },
        stop);

    /// <summary>Refused for good: the money stays in transit, and nothing is sent until the operator, who is told, says so.</summary>
    public Task Refused(PayoutRow row, TransferOutcome.Refused refused, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var reason = $"{refused.Code}: {refused.Message}";
            if (await tx.Execute(
                """
                update payouts.payout set state = 'failed', reason = @reason, tries = tries + 1, failures = 0
                where id = @Id and attempt = @Attempt and state not in ('paid', 'reversed', 'netted')
                """,
                new { row.Id, row.Attempt, reason }) == 0)
            {
                return;
            }

            await Mended(tx, row);
            await setAsides.Put(tx, PayoutCases.Refused, row.Id.ToString(), reason, new JsonObject
            {
                ["payout"] = row.Id.ToString(),
                ["payee"] = row.OrganisationId.ToString(),
                ["amount"] = row.Amount.ToString(),
            });
        },
        stop);

    /// <summary>One that was refused goes back to the queue, under a key of its own; false when it is not refused any more.</summary>
    public async Task<bool> Requeue(Tx tx, PayoutId id)
    {
        if (await tx.Execute(
            """
            update payouts.payout set state = 'queued', attempt = attempt + 1, first_sent_at = null, due_at = @Now, reason = null
            where id = @id and state = 'failed'
            """,
            new { id, Now = clock.GetUtcNow() }) == 0)
        {
            return false;
        }

        await setAsides.Resolve(tx, PayoutCases.Refused, id.ToString(), "queued again");
        return true;
    }

    /// <summary>The gateway says what cannot be: nothing is sent of this payout until a person has looked.</summary>
    public Task SetAside(PayoutRow row, TransferOutcome.Contradicts found, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await tx.Execute(
                """
                update payouts.payout set state = 'set_aside', reason = @Why
                where id = @Id and state not in ('paid', 'reversed', 'netted')
                """,
                new { row.Id, found.Why });
            await setAsides.Put(tx, PayoutCases.TwoTransfers, row.Id.ToString(), found.Why, new JsonObject
            {
                ["payout"] = row.Id.ToString(),
                ["amount"] = row.Amount.ToString(),
                ["transfers"] = new JsonArray([.. found.TransferIds.Select(t => (JsonNode)t)]),
            });
        },
        stop);

    /// <summary>Working on it broke: later again, and where that goes on a person is told. Its state stays what it was.</summary>
    public Task Broke(PayoutRow row, string failure, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            await tx.Execute(
                "update payouts.payout set failures = failures + 1, due_at = @Due where id = @Id",
                new { row.Id, Due = clock.GetUtcNow() + SendPayouts.Backoff(row.Failures + 1) });
            if (row.Failures + 1 >= FailuresMost)
            {
                await setAsides.Put(
                    tx, PayoutCases.Failing, row.Id.ToString(), $"{failure}, {row.Failures + 1} times in a row",
                    new JsonObject { ["payout"] = row.Id.ToString(), ["state"] = row.State });
            }
        },
        stop);

    private Task Mended(Tx tx, PayoutRow row) => row.Failures < FailuresMost
        ? Task.CompletedTask
        : setAsides.Resolve(tx, PayoutCases.Failing, row.Id.ToString(), "it went on");

    private static PayoutNet Net(PayoutRow row, long debt) => PayoutDecision.Net(row.Minor, debt, CardLimits.Step(row.Currency));

    private static LedgerAccount Debt(PayoutRow row) =>
        LedgerAccount.Of(AccountKind.CreatorDebt, row.OrganisationId, row.Currency);
}
