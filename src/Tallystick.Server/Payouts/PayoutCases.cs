using Tallystick.Core.Ids;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payouts;

/// <summary>What of payouts is set aside for the operator.</summary>
internal static class PayoutCases
{
    public const string TwoTransfers = "payouts.two_transfers";
    public const string PaidTwice = "payouts.paid_twice";
    public const string Failing = "payouts.failing";
    public const string NoBalance = "payouts.no_balance";
    public const string Refused = "payouts.refused";

    public static readonly IReadOnlyList<SetAsideKind> All =
    [
        new(
            TwoTransfers,
            "The gateway's transfers of a payout are not what was sent.",
            "Look at the transfers named in the detail in the gateway's dashboard. Reverse there what is too much, or leave it: "
            + "what was paid beyond the payout is owed by its payee and settled out of later earnings. Then let the oldest stand.",
            [new("accept", "Let the oldest transfer stand as the payout", Accept)]),
        new(
            PaidTwice,
            "A payee has money of a payout that had ended otherwise.",
            "Reverse the transfer in the gateway's dashboard, and this ends by itself; or leave it with the payee: it stands as their "
            + "debt, and later payouts are less by it.",
            [SetAsideAction.Dismiss("Leave it as their debt")]),
        new(
            Refused,
            "The gateway refused a payout for good.",
            "Read what the gateway said, and put its cause right: in the gateway's dashboard, or with the payee. Nothing has left, and "
            + "the money stays set apart for this payee. Then send it again; this ends by itself when the payout is found to be paid.",
            [new("retry", "Send it again", Retry)]),
        new(
            NoBalance,
            "A payout waits for a balance in its currency.",
            "What buyers pay in this currency may be settled by the gateway in another. Convert or pay in what is missing there, or "
            + "have the currency settled as it is paid; the payout goes out by itself then, and this ends.",
            []),
        new(
            Failing,
            "A payout cannot be worked on.",
            "Read the log for its id; it is tried again every few minutes, and this ends by itself when it goes on.",
            []),
    ];

    private static async Task<Refusal?> Retry(IServiceProvider services, Tx tx, SetAsideRow aside, CancellationToken stop)
    {
        tx.AfterCommit(() => services.GetRequiredService<WakeUps>().Wake(SendPayouts.Worker));
        return PayoutId.TryParse(aside.Subject, null, out var id) && await services.GetRequiredService<PayoutRecord>().Requeue(tx, id)
            ? null
            : Problems.Conflict.With("This payout has gone on meanwhile.");
    }

    private static async Task<Refusal?> Accept(IServiceProvider services, Tx tx, SetAsideRow aside, CancellationToken stop)
    {
        var row = PayoutId.TryParse(aside.Subject, null, out var id)
            ? await tx.QueryOne<PayoutRow>(
                $"select {PayoutRow.Columns} from payouts.payout where id = @id and state = 'set_aside' for update", new { id })
            : null;
        if (row is null || aside.Detail["transfers"]?[0]?.ToString() is not { } oldest)
        {
            return Problems.Conflict.With("This payout is not set aside any more.");
        }

        await services.GetRequiredService<PayoutRecord>().Paid(tx, row, oldest);
        return null;
    }
}
