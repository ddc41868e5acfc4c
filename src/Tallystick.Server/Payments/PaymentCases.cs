using System.Globalization;
using Tallystick.Core.Amounts;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Journal.Contracts;

namespace Tallystick.Server.Payments;

/// <summary>What of payments is set aside for the operator.</summary>
internal static class PaymentCases
{
    public const string Failing = "payments.row_failing";
    public const string Sweep = "payments.sweep_failing";
    public const string Inbound = "payments.inbound";
    public const string Movement = "payments.unmatched_movement";
    public const string Difference = "payments.books_differ";
    public const string Key = "payments.key_refused";
    public const string Account = "payments.account_refused";

    public static readonly IReadOnlyList<SetAsideKind> All =
    [
        new(
            Failing,
            "A payment, refund or account cannot be worked on.",
            "Read the log for its id; it is tried again, and this ends by itself when it goes on.",
            [SetAsideAction.Dismiss()]),
        new(
            Sweep,
            "The gateway's own lists cannot be read.",
            "Check that its key may read events and balance transactions, and that it can be reached. Until it can, or the patience "
            + "that is configured has passed, billing runs and payouts wait. This ends by itself.",
            []),
        new(
            Key,
            "The gateway does not take our key for something.",
            "The subject is what was asked of the gateway, the reason is its answer. Give the key the permission that it names, or "
            + "set the right one (Payments:StripeSecretKey). Whatever needs it waits, is tried again, and this ends by itself.",
            []),
        new(
            Account,
            "The gateway does not open an account for a payee.",
            "Read what it says. Most of it is about your platform: a country that it may not pay, or an approval that it lacks, which you "
            + "ask the gateway for. The payee can try again, and this ends by itself when an account is opened.",
            [SetAsideAction.Dismiss()]),
        new(
            Inbound,
            "An event of the gateway cannot be worked out.",
            "Look at the object it names in the gateway's dashboard, and at the log. Work it out again when the cause is gone, or "
            + "leave it out when it is none of ours.",
            [
                new("retry", "Work it out again", (services, tx, row, stop) => Again(services, tx, row, "received"), LeavesOpen: true),
                new("ignore", "Leave it out", (services, tx, row, stop) => Again(services, tx, row, "ignored")),
            ]),
        new(
            Movement,
            "The gateway moved money that no event of ours explains.",
            "Find the balance transaction in the gateway's dashboard. Look again when its cause has been put right; book it as a fee, "
            + "or keep it in suspense until somebody can name it. Our books differ from the gateway's by it until then.",
            [
                new("retry", "Look again", Retry, LeavesOpen: true),
                new("fee", "It is a fee of the gateway's", (services, tx, row, stop) => Book(services, tx, row, AccountKind.GatewayFees)),
                new("suspense", "Keep it in suspense", (services, tx, row, stop) => Book(services, tx, row, AccountKind.Suspense)),
            ]),
        new(
            Difference,
            "Our books and the gateway's balance differ.",
            "Compare the newest balance transactions in the gateway's dashboard with the journal. A balance from before these books "
            + "began, or what nobody finds, can be taken into suspense. This ends by itself when both agree.",
            [new("suspense", "Take the difference into suspense", TakeDifference)]),
    ];

    private static async Task<Refusal?> Again(IServiceProvider services, Tx tx, SetAsideRow row, string state)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var changed = long.TryParse(row.Subject, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? await tx.Execute(
                """
                update payments.inbound set state = @state, attempts = 0, due_at = @now,
                  result = case when @state = 'ignored' then 'left out by the operator' end
                where id = @id and state = 'failed'
                """,
                new { id, state, now })
            : 0;
        tx.AfterCommit(() => services.GetRequiredService<WakeUps>().Wake(ProcessInbound.Worker));
        return changed == 1 ? null : Problems.Conflict.With("This event has been worked out meanwhile.");
    }

    private static async Task<Refusal?> Retry(IServiceProvider services, Tx tx, SetAsideRow row, CancellationToken stop)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        // One that was booked meanwhile is what was wished for. The row stays: whoever books it ends it.
        await tx.Execute(
            "update payments.movement set state = 'new', attempts = 0, due_at = @now where id = @Subject and state = 'set_aside'",
            new { row.Subject, now });
        tx.AfterCommit(() => services.GetRequiredService<WakeUps>().Wake(BookMovements.Worker));
        return null;
    }

    private static async Task<Refusal?> Book(IServiceProvider services, Tx tx, SetAsideRow row, AccountKind against)
    {
        var movement = await tx.QueryOne<MovementRow>(
            $"select {MovementRow.Columns} from payments.movement where id = @Subject and state = 'set_aside' for update",
            new { row.Subject });
        if (movement is null)
        {
            return Problems.Conflict.With("This movement has been booked meanwhile: look again, and this ends.");
        }

        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (await movement.Keep(tx, now) && movement.Net != 0)
        {
            await services.GetRequiredService<Books>().Post(tx, PaymentPostings.BookedByHand(
                movement.Id, against, new Money(movement.Net, movement.Currency), movement.Available, movement.CreatedAt));
        }

        return null;
    }

    private static async Task<Refusal?> TakeDifference(IServiceProvider services, Tx tx, SetAsideRow row, CancellationToken stop)
    {
        var newest = await tx.QueryOne<Comparison>(
            $"select {Comparison.Columns} from payments.comparison where currency = @Subject order by id desc limit 1",
            new { row.Subject });
        if (newest is null || newest.Unexplained == 0)
        {
            return Problems.Conflict.With("Both agree by now.");
        }

        await services.GetRequiredService<Books>().Post(tx, PaymentPostings.DifferenceBooked(
            newest.Id, new Money(newest.Unexplained, newest.Currency), newest.ComparedAt));
        return null;
    }
}
