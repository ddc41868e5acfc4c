using System.Diagnostics.Metrics;
using System.Text.Json;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Stores a webhook as it came and answers; what it means is worked out afterwards. What fails the signature is kept
/// too, for a while: it is the trace of an attack or of a secret that was changed on one side only.
/// </summary>
internal sealed class ReceiveWebhook(Database database, WakeUps wakeUps, PaymentsOptions options, TimeProvider clock)
{
    public const string SignatureHeader = "Stripe-Signature";

    private static readonly Counter<long> Received = Telemetry.Meter.CreateCounter<long>(
        "tally.webhooks.received", description: "Webhooks of the payment provider, by whether they were accepted.");

    private const int SignatureLengthMost = 2_000;
    private const int RefusedKept = 1_000;

    public static void Map(WebApplication app) => app
        .MapPost("/webhooks/stripe", async (HttpRequest request, ReceiveWebhook slice, CancellationToken stop) =>
        {
            // Raw: the signature is over these bytes. Kestrel ends a body that is too large with 413.
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, stop);
            return (await slice.Handle(request.Headers[SignatureHeader].ToString(), body.ToArray(), stop))
                .ToHttp(Results.Ok);
        })
        .AllowAnonymous()
        .DisableAntiforgery()
        .WithName("ReceiveStripeWebhook")
        .WithSummary("Events of the payment provider, signed by it.")
        .Produces<Receipt>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge);

    /// <summary>1 Check the signature. 2 Store everything, durably. 3 Answer; a duplicate is counted and changes nothing.</summary>
    public async Task<Outcome<Receipt>> Handle(string signature, byte[] body, CancellationToken stop)
    {
        // 1
        var now = clock.GetUtcNow();
        var verdict = StripeSignature.Check(signature, body, options.WebhookSecrets, now);
        var (id, type) = verdict == StripeSignature.Valid ? Identity(body) : (null, null);
        if (verdict == StripeSignature.Valid && id is null)
        {
            verdict = "signed, but not an event";
        }

        // 2
        var valid = verdict == StripeSignature.Valid;
        Received.Add(1, new KeyValuePair<string, object?>("verdict", valid ? "valid" : "refused"));
        await database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    insert into payments.inbound (received_at, signature, body, verdict, event_id, type, state, due_at)
                    values (@now, @Signature, @body, @verdict, @id, @type, @State, @now)
                    on conflict (event_id) where verdict = 'valid' do update set deliveries = inbound.deliveries + 1
                    """,
                    new
                    {
                        now,
                        // A header can hold what a text column cannot.
                        Signature = new string([.. signature.Where(c => c is >= ' ' and <= '~').Take(SignatureLengthMost)]),
                        body,
                        verdict,
                        id,
                        type,
                        State = valid ? "received" : "refused",
                    });
                tx.AfterCommit(() => wakeUps.Wake(ProcessInbound.Worker));
            },
            stop);
        CrashPoint.Reach("webhook.after_store");

        // 3
        if (valid)
        {
            return new Receipt(id!);
        }

        await Forget(stop);
        return PaymentsProblems.SignatureRefused.With($"Refused: {verdict}.");
    }

    private static (string? Id, string? Type) Identity(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Identity(new StripeObject(document.RootElement)) is (var id, var type) ? (id, type) : (null, null);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return (null, null);
        }
    }

    /// <summary>What an event is told apart by; null when it has none that could be stored.</summary>
    public static (string Id, string Type)? Identity(StripeObject told)
    {
        try
        {
            return told.Text("id") is { Length: > 0 and <= 255 } id && told.Text("type") is { Length: <= 255 } type &&
                !id.Any(char.IsControl) && !type.Any(char.IsControl)
                ? (id, type)
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half a character: no text at all.
            return null;
        }
    }

    /// <summary>Anybody can send what will be refused: only the newest are kept.</summary>
    private Task Forget(CancellationToken stop) => database.InTransaction(
        tx => tx.Execute(
            """
            delete from payments.inbound where state = 'refused' and id < (
              select id from payments.inbound where state = 'refused' order by id desc offset @RefusedKept limit 1)
            """,
            new { RefusedKept }),
        stop);

    internal sealed record Receipt(string EventId);
}
