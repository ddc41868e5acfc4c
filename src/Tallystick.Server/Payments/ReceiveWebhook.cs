using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text.Json;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Stores a webhook as it came and answers; what it means is worked out afterwards. Of what fails the signature a trace is kept
/// for a while: of an attack, or of a secret that was changed on one side only. Anybody can send that, so it spends the budget of its
/// address; what is signed never does, for the gateway must not be refused for its number.
/// </summary>
internal sealed class ReceiveWebhook(
    Database database, Budgets budgets, WakeUps wakeUps, PaymentsOptions options, TimeProvider clock)
{
    public const string SignatureHeader = "Stripe-Signature";

    private static readonly Counter<long> Received = Telemetry.Meter.CreateCounter<long>(
        "tally.webhooks.received", description: "Webhooks of the payment provider, by whether they were accepted.");

    private const int SignatureLengthMost = 2_000;
    private const int RefusedKept = 1_000;

    /// <summary>Enough to see what it was; together with those that are kept, two megabytes.</summary>
    private const int RefusedBytesKept = 2_048;

    public static void Map(WebApplication app) => app
        .MapPost("/webhooks/stripe", async (HttpRequest request, ReceiveWebhook slice, CancellationToken stop) =>
        {
            // Raw: the signature is over these bytes. Kestrel ends a body that is too large with 413.
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, stop);
            return (await slice.Handle(
                request.Headers[SignatureHeader].ToString(), body.ToArray(), NetworkAddress.Of(request.HttpContext), stop))
                .ToHttp(Results.Ok);
        })
        .AllowAnonymous()
        .DisableAntiforgery()
        .WithName("ReceiveStripeWebhook")
        .WithSummary("Events of the payment provider, signed by it.")
        .Produces<Receipt>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    /// <summary>1 Check the signature. 2 Store it, durably. 3 Answer; a duplicate is counted and changes nothing.</summary>
    /// <param name="address">Whose budget it spends when the signature does not hold.</param>
    public async Task<Outcome<Receipt>> Handle(string signature, byte[] body, string address, CancellationToken stop)
    {
        // 1
        var now = clock.GetUtcNow();
        var verdict = StripeSignature.Check(signature, body, options.WebhookSecrets, now);
        var isSigned = verdict == StripeSignature.Valid;
        var (id, type) = isSigned ? Identity(body) : (null, null);
        Received.Add(1, new KeyValuePair<string, object?>("verdict", id is null ? "refused" : "valid"));
        if (id is null)
        {
            return (isSigned ? null : budgets.Spend(BudgetKind.AnonymousChanges, address))
                ?? await Refuse(signature, body, isSigned ? "signed, but not an event" : verdict, now, stop);
        }

        // 2
        await database.InTransaction(
            async tx =>
            {
                await tx.Execute(
                    """
                    insert into payments.inbound (received_at, signature, body, verdict, event_id, type, state, due_at)
                    values (@now, @Signature, @body, @verdict, @id, @type, 'received', @now)
                    on conflict (event_id) where verdict = 'valid' do update set deliveries = inbound.deliveries + 1
                    """,
                    new { now, Signature = Storable(signature), body, verdict, id, type });
                tx.AfterCommit(() => wakeUps.Wake(ProcessInbound.Worker));
            },
            stop);
        CrashPoint.Reach("webhook.after_store");

        // 3
        return new Receipt(id);
    }

    /// <summary>
    /// 1 Its beginning, length and hash are kept; the same body again only counts. 2 And of all that is refused the newest only.
    /// </summary>
    private async Task<Refusal> Refuse(string signature, byte[] body, string verdict, DateTimeOffset now, CancellationToken stop)
    {
        await database.InTransaction(
            async tx =>
            {
                // 1
                await tx.Execute(
                    """
                    insert into payments.inbound (received_at, signature, body, body_sha256, body_bytes, verdict, state, due_at)
                    values (@now, @Signature, @Beginning, @Hash, @Length, @verdict, 'refused', @now)
                    on conflict (body_sha256) where state = 'refused' do update set deliveries = inbound.deliveries + 1
                    """,
                    new
                    {
                        now, verdict, body.Length,
                        Signature = Storable(signature),
                        Beginning = body[..Math.Min(body.Length, RefusedBytesKept)],
                        Hash = SHA256.HashData(body),
                    });

                // 2
                await tx.Execute(
                    """
                    delete from payments.inbound where state = 'refused' and id < (
                      select id from payments.inbound where state = 'refused' order by id desc offset @Others limit 1)
                    """,
                    new { Others = RefusedKept - 1 });
            },
            stop);
        return PaymentsProblems.SignatureRefused.With($"Refused: {verdict}.");
    }

    /// <summary>A header can hold what a text column cannot.</summary>
    private static string Storable(string signature) =>
        new([.. signature.Where(c => c is >= ' ' and <= '~').Take(SignatureLengthMost)]);

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

    internal sealed record Receipt(string EventId);
}
