using System.Globalization;
using System.Text.Json.Nodes;
using Tallystick.Core.Royalties;
using Tallystick.Core.Transparency;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Transparency.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>
/// Sends payouts, one a step, as <see cref="PayoutDecision"/> says. The row says "sending" before anything is sent; what
/// may have been sent is asked for by its transfer group until it is known, and never sent again by guess.
/// </summary>
internal sealed class SendPayouts(
    Database database, Books books, PayoutAccounts accounts, Transfers transfers, PayoutRecord record, TimeProvider clock)
{
    public const string Worker = "payouts.send";

    private static readonly TimeSpan BlockedAgain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan WaitAgain = TimeSpan.FromSeconds(30);

    public async Task<bool> Step(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var row = await database.QueryOne<PayoutRow>(
            $"""
            select {PayoutRow.Columns} from payouts.payout
            where state in ('queued', 'sending', 'unknown', 'blocked') and due_at <= @now order by due_at, id limit 1
            """,
            new { now },
            stop);
        if (row is null)
        {
            return false;
        }

        var account = await accounts.Find(row.OrganisationId, stop);
        var mayBeSent = row.Stands == PayoutState.Queued && account is { CanReceive: true };
        var covered = mayBeSent && await transfers.Available(row.Currency, stop) >= row.Minor;
        var step = PayoutDecision.Next(
            new PayoutFacts(row.Stands, account is { CanReceive: true }, covered, row.FirstSentAt, now));
        await (step switch
        {
            PayoutStep.Send => Send(row, account!.AccountId, stop),
            PayoutStep.Ask => Ask(row, account?.AccountId, stop),
            PayoutStep.Block => record.State(row, "blocked", "the payee's account cannot receive yet", BlockedAgain, stop),
            PayoutStep.Unblock => record.State(row, "queued", null, TimeSpan.Zero, stop),
            _ => record.State(
                row, row.State, row.Stands == PayoutState.Blocked ? row.Reason : "waits for available balance",
                row.Stands == PayoutState.Blocked ? BlockedAgain : WaitAgain, stop),
        });
        return true;
    }

    /// <summary>1 Say that it is being sent, durably. 2 Send. 3 Write down what became of it.</summary>
    private async Task Send(PayoutRow row, string account, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        await database.InTransaction(
            tx => tx.Execute(
                """
                update payouts.payout set state = 'sending', first_sent_at = coalesce(first_sent_at, @now), reason = null
                where id = @Id
                """,
                new { row.Id, now }),
            stop);
        CrashPoint.Reach("payout.before_send");
        var outcome = await transfers.Create(row.Id, row.Attempt, account, row.Amount, stop);
        CrashPoint.Reach("payout.after_send_before_record");
        await Record(row, outcome, stop);
        CrashPoint.Reach("payout.after_record");
    }

    private async Task Ask(PayoutRow row, string? account, CancellationToken stop)
    {
        var found = await transfers.Find(row.Id, stop);
        if (found is not TransferOutcome.Absent)
        {
            await Record(row, found, stop);
            return;
        }

        switch (PayoutDecision.WhenAbsent(row.FirstSentAt!.Value, clock.GetUtcNow()))
        {
            case AbsentStep.ResendSameKey when account is not null:
                await Send(row, account, stop);
                break;
            case AbsentStep.NewAttempt:
                await record.NewAttempt(row, "the gateway has none, and the old key has expired", TimeSpan.Zero, stop);
                break;
            default:
                await record.State(row, "unknown", "the gateway has none; its key has not expired", WaitAgain, stop);
                break;
        }
    }

    private Task Record(PayoutRow row, TransferOutcome outcome, CancellationToken stop) => outcome switch
    {
        TransferOutcome.Made made => record.Paid(row, made.TransferId, books, stop),
        TransferOutcome.Refused { NoFunds: true } refused => record.NewAttempt(row, refused.Message, WaitAgain, stop),
        TransferOutcome.Refused { Code: "insufficient_capabilities_for_transfer" } refused =>
            record.NewAttempt(row, refused.Message, BlockedAgain, stop),
        TransferOutcome.Refused refused => record.State(row, "failed", $"{refused.Code}: {refused.Message}", TimeSpan.Zero, stop),
        TransferOutcome.Unknown unknown => record.State(row, "unknown", unknown.Why, Backoff(row), stop),
        _ => throw new InvalidOperationException("A transfer that was sent cannot be absent."),
    };

    private static TimeSpan Backoff(PayoutRow row) =>
        TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, Math.Min(row.Tries, 10))));
}

/// <summary>Writes down what became of a payout.</summary>
internal sealed class PayoutRecord(Database database, LogReceipts receipts, TimeProvider clock)
{
    /// <summary>Paid: state, posting and receipt together.</summary>
    public Task Paid(PayoutRow row, string transfer, Books books, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            var now = clock.GetUtcNow();
            if (await tx.Execute(
                """
                update payouts.payout set state = 'paid', transfer_id = @transfer, paid_at = @now, reason = null
                where id = @Id and state <> 'paid'
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
        },
        stop);

    public Task State(PayoutRow row, string state, string? reason, TimeSpan again, CancellationToken stop) =>
        database.InTransaction(
            tx => tx.Execute(
                """
                update payouts.payout set state = @state, reason = @reason, due_at = @Due, tries = tries + 1
                where id = @Id and state <> 'paid'
                """,
                new { row.Id, state, reason, Due = clock.GetUtcNow() + again }),
            stop);

    /// <summary>This attempt is known to have paid nothing: the next one has a key of its own.</summary>
    public Task NewAttempt(PayoutRow row, string reason, TimeSpan again, CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            """
            update payouts.payout set state = 'queued', attempt = attempt + 1, first_sent_at = null, reason = @reason,
              due_at = @Due
            where id = @Id and attempt = @Attempt and state <> 'paid'
            """,
            new { row.Id, row.Attempt, reason, Due = clock.GetUtcNow() + again }),
        stop);
}
