using Tallystick.Core.Ids;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payouts.Contracts;

namespace Tallystick.Server.Payouts;

/// <summary>
/// What the gateway moved for a payout: sent as we know it, sent a second time, or taken back. What was taken back is owed again;
/// what was paid twice is owed by the payee.
/// </summary>
internal sealed class MatchTransfers(
    Books books, Outbox outbox, SetAsides setAsides, PayoutRecord record, TimeProvider clock)
{
    public Task<MovementResult?> Match(Tx tx, TransferMovement moved) =>
        moved.IsReversal ? Reversed(tx, moved) : Sent(tx, moved);

    private async Task<MovementResult?> Sent(Tx tx, TransferMovement moved)
    {
        if (await ByTransfer(tx, moved.TransferId) is not null || await Extra(tx, moved.TransferId) is not null)
        {
            return MovementResult.Booked;
        }

        var row = PayoutId.TryParse(moved.Group, null, out var id)
            ? await tx.QueryOne<PayoutRow>($"select {PayoutRow.Columns} from payouts.payout where id = @id for update", new { id })
            : null;
        switch (row?.State)
        {
            case null:
                return null;
            case "paid" or "reversed" or "netted":
                await Twice(tx, row, moved);
                return MovementResult.Booked;
            case "failed" when moved.Net == row.Amount with { Minor = -row.Minor }:
                // It was sent by hand in the gateway's dashboard, or the refusal was not true.
                await record.Paid(tx, row, moved.TransferId);
                return MovementResult.Booked;
            default:
                // It is being asked for, or a person decides which of several it is.
                return MovementResult.NotYet($"{row.Id} is {row.State}");
        }
    }

    /// <summary>The payout has ended as another transfer, or as none: its payee has the money and owes it.</summary>
    private async Task Twice(Tx tx, PayoutRow row, TransferMovement moved)
    {
        var now = clock.GetUtcNow();
        var amount = moved.Net with { Minor = -moved.Net.Minor };
        await tx.Execute(
            """
            insert into payouts.extra_transfer (transfer_id, payout_id, minor, found_at)
            values (@TransferId, @Id, @Minor, @now)
            """,
            new { moved.TransferId, row.Id, amount.Minor, now });
        await books.Post(tx, PayoutPostings.PaidTwice(row.Id, moved.TransferId, row.OrganisationId, amount, moved.Available, now));
        await setAsides.Put(tx, PayoutCases.PaidTwice, moved.TransferId, $"{amount} beyond {row.Id}, which is {row.State}", new()
        {
            ["payout"] = row.Id.ToString(),
            ["transfer"] = moved.TransferId,
        });
    }

    private async Task<MovementResult?> Reversed(Tx tx, TransferMovement moved)
    {
        if (await Extra(tx, moved.TransferId) is { } extra)
        {
            await ExtraReversed(tx, extra, moved);
            return MovementResult.Booked;
        }

        if (await ByTransfer(tx, moved.TransferId) is not { } row)
        {
            return MovementResult.NotYet("the transfer that was taken back is not known as a payout yet");
        }

        var isWhole = row.Reversed + moved.Net.Minor >= row.Minor;
        await tx.Execute(
            """
            update payouts.payout set reversed = reversed + @Minor, state = case when @isWhole then 'reversed' else state end,
              reason = @Reason
            where id = @Id
            """,
            new { row.Id, moved.Net.Minor, isWhole, Reason = $"{moved.Net} taken back at the gateway; owed again" });
        await books.Post(tx, PayoutPostings.Reversed(row.Id, moved.Id, row.OrganisationId, moved.Net, 0, moved.Available, moved.At));
        if (isWhole)
        {
            await outbox.Publish(tx, new PayoutReversed(row.Id, row.OrganisationId));
        }

        return MovementResult.Booked;
    }

    /// <summary>What had been paid twice came back: it ends the debt; what earlier payouts have settled of that is owed again.</summary>
    private async Task ExtraReversed(Tx tx, ExtraRow extra, TransferMovement moved)
    {
        var debt = LedgerAccount.Of(AccountKind.CreatorDebt, extra.OrganisationId, moved.Net.Currency);
        var open = Math.Max(0, (await books.LockBalances(tx, [debt]))[debt]);
        await books.Post(tx, PayoutPostings.Reversed(
            extra.PayoutId, moved.Id, extra.OrganisationId, moved.Net, Math.Min(open, moved.Net.Minor), moved.Available, moved.At));
        await setAsides.Resolve(tx, PayoutCases.PaidTwice, moved.TransferId, "it was taken back at the gateway");
    }

    private static Task<PayoutRow?> ByTransfer(Tx tx, string transfer) => tx.QueryOne<PayoutRow>(
        $"select {PayoutRow.Columns} from payouts.payout where transfer_id = @transfer for update", new { transfer });

    private static Task<ExtraRow?> Extra(Tx tx, string transfer) => tx.QueryOne<ExtraRow>(
        """
        select e.payout_id, p.organisation_id from payouts.extra_transfer e join payouts.payout p on p.id = e.payout_id
        where e.transfer_id = @transfer
        """,
        new { transfer });

    private sealed record ExtraRow(PayoutId PayoutId, OrganisationId OrganisationId);
}
