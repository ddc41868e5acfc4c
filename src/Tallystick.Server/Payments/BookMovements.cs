using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;
using Tallystick.Server.Payments.Contracts;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Brings every change of our balance at the gateway into our books: what another slice has posted is ticked off, what belongs
/// to a payment, refund or dispute that nobody told us of is found by it, the rest is posted here or becomes a case. One step,
/// one movement.
/// </summary>
internal sealed class BookMovements(
    Database database, StripeGateway gateway, Books books, SetAsides setAsides, MovementCauses causes, IsolatedRows rows,
    TimeProvider clock)
{
    public const string Worker = "payments.movements";

    /// <summary>Some three hours: what belongs to a payment that is on its way has come by then.</summary>
    private const int AttemptsMost = 12;
    private const int CatchUpMost = 1_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    public async Task<bool> Step(CancellationToken stop)
    {
        if (!gateway.IsConfigured || await Next(stop) is not { } row)
        {
            return false;
        }

        await One(row, stop);
        return true;
    }

    /// <summary>Works on everything that is due, for somebody who waits for it.</summary>
    public async Task CatchUp(CancellationToken stop)
    {
        for (var i = 0; i < CatchUpMost && await Step(stop); i++)
        {
        }
    }

    private Task<MovementRow?> Next(CancellationToken stop) => database.QueryOne<MovementRow>(
        $"""
        select {MovementRow.Columns} from payments.movement
        where state = 'new' and due_at <= @Now order by due_at, id limit 1
        """,
        new { Now = clock.GetUtcNow() },
        stop);

    private async Task One(MovementRow row, CancellationToken stop)
    {
        var result = await rows.Try(
            $"movement/{row.Id}", () => Work(row, stop), MovementResult.NotYet("working on it broke"), stop);
        if (result.IsBooked)
        {
            return;
        }

        var ends = result.IsFinal || row.Attempts + 1 >= AttemptsMost;
        var now = clock.GetUtcNow();
        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, 2 * Math.Pow(3, Math.Min(row.Attempts, 10))));
        await database.InTransaction(
            async tx =>
            {
                if (await tx.Execute(
                    """
                    update payments.movement set state = @State, attempts = attempts + 1, due_at = @Due, result = left(@Text, 500)
                    where id = @Id and state = 'new'
                    """,
                    new { row.Id, State = ends ? "set_aside" : "new", Due = now + wait, result.Text }) == 1 && ends)
                {
                    await setAsides.Put(tx, PaymentCases.Movement, row.Id, result.Text, new()
                    {
                        ["type"] = row.Type,
                        ["source"] = row.Source,
                        ["net"] = new Money(row.Net, row.Currency).ToString(),
                        ["created_at"] = row.CreatedAt.ToString("u", System.Globalization.CultureInfo.InvariantCulture),
                    });
                }
            },
            stop);
    }

    /// <summary>
    /// 1 What stands in our books is done. 2 What has a payment, refund or dispute is found by bringing that to the gateway's
    /// state. 3 What is money of our own is posted. 4 What moved a payout is told to whoever sent it.
    /// </summary>
    private async Task<MovementResult> Work(MovementRow row, CancellationToken stop)
    {
        // 1
        if (await IsBooked(row.Id, stop))
        {
            return MovementResult.Booked;
        }

        // The list told it once: whether its money is available may have changed since, and the source says what it was for.
        var outcome = await gateway.Get(
            $"/v1/balance_transactions/{Uri.EscapeDataString(row.Id)}", new StripeForm().Add("expand[0]", "source"), stop);
        if (outcome is not StripeOutcome.Done { Answer: var told })
        {
            return MovementResult.NotYet(SyncResult.Unread(outcome, "balance transaction").Text);
        }

        var now = told.Text("status") == "available" ? row with { Available = true } : row;
        switch (row.Type)
        {
            case "charge" or "payment" or "refund" or "payment_refund" or "refund_failure" or "payment_failure_refund":
            case "adjustment" when told.Object("source")?.Text("object") == "dispute":
                var synced = await causes.Sync(told.Object("source"), stop); // 2
                return await IsBooked(row.Id, stop) ? MovementResult.Booked
                    : synced.State == "ignored" ? MovementResult.Unmatched(synced.Text) : MovementResult.NotYet(synced.Text);
            case "payout" or "payout_failure" or "payout_cancel" or "topup" or "topup_reversal":
                return await Post(now, PaymentPostings.BankMoved(
                    KindOf(row.Type), row.Id, Of(row, row.Amount), Of(row, row.Fee), now.Available, row.CreatedAt), stop); // 3
            case "stripe_fee" or "stripe_fx_fee" or "tax_fee" or "network_cost":
                return await Post(
                    now, PaymentPostings.FeeCharged(row.Id, Of(row, row.Net), now.Available, row.CreatedAt), stop);
            case "transfer" or "transfer_refund" or "transfer_cancel" or "transfer_failure":
                return await Transferred(now, told.Object("source"), stop); // 4
            default:
                return MovementResult.Unmatched($"movements of the type '{row.Type}' mean nothing here");
        }
    }

    private async Task<bool> IsBooked(string id, CancellationToken stop)
    {
        return await database.InTransaction(
            async tx =>
            {
                var isBooked = await tx.Execute(
                    """
                    update payments.movement set state = 'booked', result = 'booked'
                    where id = @id and exists (select 1 from payments.balance_transaction b where b.id = @id)
                    """,
                    new { id }) == 1;
                if (isBooked)
                {
                    await End(tx, id);
                }

                return isBooked;
            },
            stop);
    }

    /// <summary>Whoever was told of it, or had it looked at again, need do nothing any more.</summary>
    private Task End(Tx tx, string id) => setAsides.Resolve(tx, PaymentCases.Movement, id, "it is in our books");

    private Task<MovementResult> Post(MovementRow row, JournalEntry entry, CancellationToken stop) => database.InTransaction(
        async tx =>
        {
            if (await IsOpen(tx, row) && await row.Keep(tx, clock.GetUtcNow()) && row.Net != 0)
            {
                await books.Post(tx, entry);
            }

            await End(tx, row.Id);
            return MovementResult.Booked;
        },
        stop);

    private async Task<MovementResult> Transferred(MovementRow row, StripeObject? source, CancellationToken stop)
    {
        var isReversal = row.Type != "transfer";
        if ((isReversal ? source?.Reference("transfer") ?? source?.Id : source?.Id) is not { } transfer)
        {
            return MovementResult.Unmatched("it names no transfer");
        }

        var moved = new TransferMovement(
            row.Id, transfer, isReversal ? null : source?.Text("transfer_group"), isReversal, Of(row, row.Net), row.Available,
            row.CreatedAt);
        return await database.InTransaction(
            async tx =>
            {
                if (!await IsOpen(tx, row))
                {
                    return MovementResult.Booked;
                }

                var result = await causes.Match(tx, moved);
                if (result.IsBooked)
                {
                    await row.Keep(tx, clock.GetUtcNow());
                    await End(tx, row.Id);
                }

                return result;
            },
            stop);
    }

    /// <summary>Locked: the worker and somebody who wants to compare now may come to the same movement.</summary>
    private static Task<bool> IsOpen(Tx tx, MovementRow row) => tx.QueryOne<bool>(
        "select true from payments.movement where id = @Id and state <> 'booked' for update", new { row.Id });

    private static Money Of(MovementRow row, long minor) => new(minor, row.Currency);

    private static string KindOf(string type) => type switch
    {
        "payout" => PaymentPostings.PaidOut,
        "payout_failure" or "payout_cancel" => PaymentPostings.PayoutReturned,
        _ => PaymentPostings.PutIn,
    };
}
