using Tallystick.Core.Ids;
using Tallystick.Core.Royalties;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>
/// Sends payouts, one a step, as <see cref="PayoutDecision"/> says. The row says "sending" before anything is sent; what
/// may have been sent is asked for by its transfer group until it is known, and never sent again by guess. Whatever breaks
/// on one payout is written on that payout and put off: all others go on.
/// </summary>
internal sealed partial class SendPayouts(
    Database database, PayoutAccounts accounts, Transfers transfers, PayoutRecord record, GatewayFreshness freshness,
    TimeProvider clock, ILogger<SendPayouts> log)
{
    public const string Worker = "payouts.send";

    private static readonly TimeSpan BlockedAgain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan WaitAgain = TimeSpan.FromSeconds(30);

    /// <summary>What the gateway has made by so long ago must have been looked at before money leaves.</summary>
    private static readonly TimeSpan LookedAtWithin = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

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

        try
        {
            await One(row, now, stop);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            LogFailed(failure, row.Id);
            await record.Broke(row, failure.GetType().Name, stop);
        }

        return true;
    }

    private async Task One(PayoutRow row, DateTimeOffset now, CancellationToken stop)
    {
        var account = await accounts.Find(row.OrganisationId, stop);
        var mayBeSent = row.Stands == PayoutState.Queued && account is { CanReceive: true };
        if (mayBeSent && await freshness.WaitsFor(now - LookedAtWithin, stop) is { } behind)
        {
            // A dispute that no webhook told of may have made a debt.
            await record.State(row, row.State, $"waits for {behind}", LookAgain, stop);
            return;
        }

        var covered = mayBeSent && await transfers.Available(row.Currency, stop) >= (await record.NetNow(row, stop)).Sent;
        var step = PayoutDecision.Next(
            new PayoutFacts(row.Stands, account is { CanReceive: true }, covered, row.FirstSentAt, now));
        await (step switch
        {
            PayoutStep.Send => Begin(row, account!.AccountId, stop),
            PayoutStep.Ask => Ask(row, account?.AccountId, stop),
            PayoutStep.Block => record.State(row, "blocked", "the payee's account cannot receive yet", BlockedAgain, stop),
            PayoutStep.Unblock => record.State(row, "queued", null, TimeSpan.Zero, stop),
            PayoutStep.Wait when row.Stands == PayoutState.Queued => record.WaitsForBalance(row, WaitAgain, stop),
            PayoutStep.Wait => record.State(row, row.State, row.Reason, BlockedAgain, stop),
            _ => throw new InvalidOperationException($"{row.Id} is {row.State} and has ended; it is not due."),
        });
    }

    /// <summary>1 Take out what the payee owes by now, and say that the rest is being sent, durably. 2 Send it, if any is left.</summary>
    private async Task Begin(PayoutRow row, string account, CancellationToken stop)
    {
        if (await record.Begin(row, account, stop) is { } begun)
        {
            await Send(begun, account, stop);
        }
    }

    private async Task Send(PayoutRow row, string account, CancellationToken stop)
    {
        CrashPoint.Reach("payout.before_send");
        var outcome = await transfers.Create(row.Id, row.Attempt, account, row.Amount, stop);
        CrashPoint.Reach("payout.after_send_before_record");
        await Record(row, outcome, stop);
        CrashPoint.Reach("payout.after_record");
    }

    private async Task Ask(PayoutRow row, string? account, CancellationToken stop)
    {
        var found = await transfers.Find(row.Id, row.Amount, stop);
        if (found is not TransferOutcome.Absent)
        {
            await Record(row, found, stop);
            return;
        }

        switch (PayoutDecision.WhenAbsent(row.FirstSentAt!.Value, clock.GetUtcNow()))
        {
            // The same key is the same request: to where it was sent, also when the payee has another account by now.
            case AbsentStep.ResendSameKey when (row.Destination ?? account) is { } destination:
                await Send(row, destination, stop);
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
        TransferOutcome.Made made => record.Paid(row, made.TransferId, stop),
        TransferOutcome.Refused { NoFunds: true } refused => record.NewAttempt(row, refused.Message, WaitAgain, stop),
        TransferOutcome.Refused { CannotReceive: true } refused when row.Destination is { } account =>
            AskAccount(row, account, refused.Message, stop),
        TransferOutcome.Refused refused => record.Refused(row, refused, stop),
        TransferOutcome.Unknown unknown => record.State(row, "unknown", unknown.Why, Backoff(row.Tries), stop),
        TransferOutcome.Contradicts contradicts => record.SetAside(row, contradicts, stop),
        _ => throw new InvalidOperationException("A transfer that was sent cannot be absent."),
    };

    /// <summary>
    /// The account says itself what it is by now, and its payee can see it; the next look at the payout blocks it until it can
    /// receive, or the payee has another.
    /// </summary>
    private async Task AskAccount(PayoutRow row, string account, string why, CancellationToken stop)
    {
        var told = await accounts.Ask(account, stop);
        await record.NewAttempt(row, why, told ? WaitAgain : BlockedAgain, stop);
    }

    internal static TimeSpan Backoff(int tries) => TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, Math.Min(tries, 10))));

    [LoggerMessage(7450, LogLevel.Error, "Payout {Payout} could not be worked on; it is put off, others go on.")]
    private partial void LogFailed(Exception failure, PayoutId payout);
}
