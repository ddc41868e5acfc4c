using System.Globalization;
using Tallystick.Hosting;
using Tallystick.Server.Foundation;

namespace Tallystick.Server.Payments;

/// <summary>What the payment provider told us, and what was made of it: to look at, and to work out once more.</summary>
internal sealed class InboundWebhooks(Database database, WakeUps wakeUps, TimeProvider clock)
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/v1/webhooks/inbound", async (
            InboundWebhooks slice, CancellationToken stop, long? after = null, int limit = 50) =>
            (await slice.List(after, limit, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("ListInboundWebhooks")
            .WithSummary("Webhooks received, newest first, with the verdict on their signature and their result.")
            .Produces<Page<View>>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden);
        app.MapPost("/v1/webhooks/inbound/{id}/replay", async (
            long id, InboundWebhooks slice, CancellationToken stop) => (await slice.Replay(id, stop)).ToHttp(Results.Ok))
            .RequiresScope(Scope.Operate)
            .WithName("ReplayInboundWebhook")
            .WithSummary("Works a stored webhook out once more. Harmless: its effect happens once.")
            .Produces<View>()
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    public async Task<Outcome<Page<View>>> List(long? after, int limit, CancellationToken stop) =>
        NumberedPage.Check(limit, after ?? 0) is { } invalid
            ? invalid
            : await Page<View>.Read(
                limit,
                most => database.Query<View>(
                    $"select {Columns} from payments.inbound where id < @Before order by id desc limit @most",
                    new { Before = after ?? long.MaxValue, most },
                    stop),
                w => w.Id.ToString(CultureInfo.InvariantCulture));

    public async Task<Outcome<View>> Replay(long id, CancellationToken stop) => await database.InTransaction<Outcome<View>>(
        async tx =>
        {
            var view = await tx.QueryOne<View>(
                $"select {Columns} from payments.inbound where id = @id for update", new { id });
            if (view is null)
            {
                return Problems.NotFound.With("No webhook has this number.");
            }

            if (view.State == "refused")
            {
                return Problems.Conflict.With("Its signature was refused: nothing of it can be believed.");
            }

            await tx.Execute(
                "update payments.inbound set state = 'received', attempts = 0, due_at = @Now where id = @id",
                new { id, Now = clock.GetUtcNow() });
            tx.AfterCommit(() => wakeUps.Wake(ProcessInbound.Worker));
            return view with { State = "received" };
        },
        stop);

    private const string Columns =
        """
        id, received_at, verdict, event_id, type, deliveries, state, result, attempts, processed_at, source, body_bytes,
        encode(body_sha256, 'hex') as body_sha256
        """;

    /// <param name="Source">webhook, or sweep: found in the provider's own list, and no webhook had brought it.</param>
    /// <param name="BodyBytes">Of one that was refused: how long it was; only its beginning is kept.</param>
    /// <param name="BodySha256">Of one that was refused: the hash of all of it.</param>
    internal sealed record View(
        long Id, DateTimeOffset ReceivedAt, string Verdict, string? EventId, string? Type, int Deliveries, string State,
        string? Result, int Attempts, DateTimeOffset? ProcessedAt, string Source, int? BodyBytes, string? BodySha256);
}
