using System.Text.Json;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Works out stored webhooks, one a step. An event is only a hint at what to look at: the state itself is asked of the
/// gateway, so that order, repetition and age of events do not matter.
/// </summary>
internal sealed partial class ProcessInbound(
    Database database, SyncCheckout checkouts, SyncRefunds refunds, SyncDispute disputes, SyncPayoutAccount accounts,
    TimeProvider clock, ILogger<ProcessInbound> log)
{
    public const string Worker = "payments.inbound";

    private const int AttemptsMost = 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    public async Task<bool> Step(CancellationToken stop)
    {
        var due = await database.QueryOne<Due>(
            """
            select id, type, body, attempts from payments.inbound
            where state = 'received' and due_at <= @Now order by due_at, id limit 1
            """,
            new { Now = clock.GetUtcNow() },
            stop);
        if (due is null)
        {
            return false;
        }

        var result = await Work(due, stop);
        CrashPoint.Reach("webhook.worked_before_record");
        if (!result.IsFinal && due.Attempts + 1 >= AttemptsMost)
        {
            result = SyncResult.Failed($"{result.Text}, {AttemptsMost} times");
        }

        await Record(due, result, stop);
        return true;
    }

    private async Task<SyncResult> Work(Due due, CancellationToken stop)
    {
        try
        {
            var subject = StripeObject.Parse(System.Text.Encoding.UTF8.GetString(due.Body)).Object("data")?.Object("object");
            return subject is { } found && found.Text("id") is { } id
                ? await Dispatch(due.Type, id, found, stop)
                : SyncResult.Ignored("the event has no object");
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            // This event cannot be worked out, now or later; a person sees it and can replay it. Others go on.
            LogFailed(failure, due.Id, due.Type);
            return SyncResult.Failed(failure.GetType().Name);
        }
    }

    private Task<SyncResult> Dispatch(string type, string id, StripeObject subject, CancellationToken stop) => type switch
    {
        _ when type.StartsWith("checkout.session.", StringComparison.Ordinal) => checkouts.BySession(id, stop),
        _ when type.StartsWith("charge.dispute.", StringComparison.Ordinal) => disputes.ById(id, stop),
        "charge.refunded" or "charge.refund.updated" or "refund.created" or "refund.updated" or "refund.failed" when subject.Reference("payment_intent") is { } intent =>
            refunds.ByPaymentIntent(intent, stop),
        "account.updated" => accounts.ByAccount(id, stop),
        _ => Task.FromResult(SyncResult.Ignored("nothing to do for this type")),
    };

    private Task Record(Due due, SyncResult result, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, 0.5 * Math.Pow(2, due.Attempts)));
        return database.InTransaction(
            tx => tx.Execute(
                """
                update payments.inbound set state = @State, result = @Text, attempts = attempts + 1, due_at = @DueAt,
                  processed_at = case when @IsFinal then @now end
                where id = @Id
                """,
                new { due.Id, result.State, result.Text, result.IsFinal, now, DueAt = now + wait }),
            stop);
    }

    [LoggerMessage(2001, LogLevel.Error, "Webhook {Id} of type {Type} cannot be worked out.")]
    private partial void LogFailed(Exception failure, long id, string type);

    private sealed record Due(long Id, string Type, byte[] Body, int Attempts);
}
