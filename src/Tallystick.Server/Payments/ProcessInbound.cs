using System.Globalization;
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
    Database database, InboundSyncs syncs, ForeignPayments payments, SetAsides setAsides, TimeProvider clock,
    ILogger<ProcessInbound> log)
{
    public const string Worker = "payments.inbound";

    private const int AttemptsMost = 20;

    /// <summary>What is on its way has come by then; from then on the gateway is asked whether it is ours at all.</summary>
    private const int AttemptsBeforeForeign = 3;
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
            var told = StripeObject.Parse(System.Text.Encoding.UTF8.GetString(due.Body));
            if (told.Object("data")?.Object("object") is not { } subject || subject.Text("id") is null)
            {
                return SyncResult.Ignored("the event has no object");
            }

            var result = await syncs.Dispatch(due.Type, told, subject, stop);
            return !result.IsFinal && due.Attempts >= AttemptsBeforeForeign && subject.Reference("payment_intent") is { } intent &&
                await payments.IsForeign(intent, stop) == true
                ? SyncResult.Ignored("the payment is none of ours")
                : result;
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            // This event cannot be worked out, now or later; a person sees it and can replay it. Others go on.
            LogFailed(failure, due.Id, due.Type);
            return SyncResult.Failed(failure.GetType().Name);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            // Whatever else breaks on this one may pass, and must not stand in the way of the next.
            LogFailed(failure, due.Id, due.Type);
            return SyncResult.NotYet(failure.GetType().Name);
        }
    }

    private Task Record(Due due, SyncResult result, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, 0.5 * Math.Pow(2, due.Attempts)));
        return database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    update payments.inbound set state = @State, result = @Text, attempts = attempts + 1, due_at = @DueAt,
                      processed_at = case when @IsFinal then @now end
                    where id = @Id
                    """,
                    new { due.Id, result.State, result.Text, result.IsFinal, now, DueAt = now + wait });
                var subject = due.Id.ToString(CultureInfo.InvariantCulture);
                if (result.IsFailed)
                {
                    await setAsides.Put(tx, PaymentCases.Inbound, subject, result.Text, new() { ["type"] = due.Type });
                }
                else if (result.IsFinal)
                {
                    await setAsides.Resolve(tx, PaymentCases.Inbound, subject, result.State);
                }
            },
            stop);
    }

    [LoggerMessage(2001, LogLevel.Error, "Webhook {Id} of type {Type} cannot be worked out.")]
    private partial void LogFailed(Exception failure, long id, string type);

    private sealed record Due(long Id, string Type, byte[] Body, int Attempts);
}
