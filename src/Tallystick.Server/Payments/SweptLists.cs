using System.Text;
using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>A list of the gateway's that is read from time to time.</summary>
/// <param name="Name">Of its mark in <c>payments.sweep</c>.</param>
/// <param name="Begins">From when on, the first time.</param>
/// <param name="Question">Adds what narrows the list to what concerns us.</param>
/// <param name="Keep">Stores what is new of a page.</param>
internal sealed record SweptList(
    string Name, string Path, Func<DateTimeOffset, CancellationToken, Task<DateTimeOffset>> Begins,
    Func<StripeForm, StripeForm> Question, Func<Tx, IReadOnlyList<StripeObject>, DateTimeOffset, Task> Keep);

/// <summary>What is read of the gateway: events as webhooks would bring them, and every change of our balance.</summary>
internal sealed class SweptLists(Database database, SetAsides setAsides, WakeUps wakeUps)
{
    public const string Events = "events";
    public const string Movements = "movements";

    /// <summary>The gateway keeps events for so long; what is older is found by the balance and by asking for each dispute.</summary>
    private static readonly TimeSpan EventsKept = TimeSpan.FromDays(30);

    /// <summary>What we act on. Accounts have lists of their own at the gateway: they are asked one by one.</summary>
    private static readonly string[] EventTypes =
    [
        "checkout.session.completed", "checkout.session.expired", "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed", "charge.refunded", "charge.refund.updated", "refund.created", "refund.updated",
        "refund.failed", "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
        "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    ];

    public SweptList Of(string name) => name switch
    {
        Events => new(
            name, "/v1/events", (now, _) => Task.FromResult(now - EventsKept),
            form => EventTypes.Select((type, i) => (type, i)).Aggregate(form, (f, t) => f.Add($"types[{t.i}]", t.type)),
            KeepEvents),
        Movements => new(name, "/v1/balance_transactions", FirstCheckout, form => form, KeepMovements),
        _ => throw new InvalidOperationException($"No list of the gateway is called '{name}' here."),
    };

    /// <summary>What moved before the first checkout is not ours to book.</summary>
    private async Task<DateTimeOffset> FirstCheckout(DateTimeOffset now, CancellationToken stop) =>
        await database.QueryOne<DateTimeOffset?>("select min(created_at) from payments.checkout", null, stop) ?? now;

    /// <summary>Stored as a webhook would be, each event once whoever brought it.</summary>
    private async Task KeepEvents(Tx tx, IReadOnlyList<StripeObject> events, DateTimeOffset now)
    {
        var added = 0;
        foreach (var told in events)
        {
            if (ReceiveWebhook.Identity(told) is not (var id, var type))
            {
                await setAsides.Put(tx, PaymentCases.Failing, "an event of the sweep", "the gateway lists an event without a usable id or type");
                continue;
            }

            added += await tx.Execute(
                """
                insert into payments.inbound (received_at, signature, body, verdict, event_id, type, state, due_at, source)
                values (@now, '', @Body, 'valid', @id, @type, 'received', @now, 'sweep')
                on conflict (event_id) where verdict = 'valid' do nothing
                """,
                new { now, Body = Encoding.UTF8.GetBytes(told.Json.GetRawText()), id, type });
        }

        if (added > 0)
        {
            tx.AfterCommit(() => wakeUps.Wake(ProcessInbound.Worker));
        }
    }

    private async Task KeepMovements(Tx tx, IReadOnlyList<StripeObject> movements, DateTimeOffset now)
    {
        foreach (var told in movements)
        {
            if (MovementRow.Read(told) is not { } row)
            {
                await setAsides.Put(
                    tx, PaymentCases.Failing, "a movement of the sweep", "the gateway lists a balance transaction that cannot be read");
                continue;
            }

            await tx.Execute(
                """
                insert into payments.movement (
                  id, type, source, amount, fee, net, currency, created_at, available_on, available, state, due_at)
                select @Id, @Type, @Source, @Amount, @Fee, @Net, @Currency, @CreatedAt, @AvailableOn, @Available,
                  case when exists (select 1 from payments.balance_transaction b where b.id = @Id) then 'booked' else 'new' end, @now
                on conflict (id) do nothing
                """,
                new
                {
                    row.Id, row.Type, row.Source, row.Amount, row.Fee, row.Net, row.Currency, row.CreatedAt, row.AvailableOn,
                    row.Available, now,
                });
        }

        tx.AfterCommit(() => wakeUps.Wake(BookMovements.Worker));
    }
}

/// <summary>A change of our balance as the gateway told it.</summary>
internal sealed record MovementRow(
    string Id, string Type, string? Source, long Amount, long Fee, long Net, Currency Currency, DateTimeOffset CreatedAt,
    DateTimeOffset AvailableOn, bool Available, int Attempts)
{
    public const string Columns = "id, type, source, amount, fee, net, currency, created_at, available_on, available, attempts";

    private const int TextLengthMost = 255;

    /// <summary>Null when it cannot be read: one that is broken must not keep its page from being kept.</summary>
    public static MovementRow? Read(StripeObject told)
    {
        try
        {
            return new MovementRow(
                Storable(told.Id), Storable(told.Text("type") ?? ""),
                told.Reference("source") is { } source ? Storable(source) : null,
                told.Long("amount"), told.Long("fee"), told.Long("net"),
                Currency.Parse((told.Text("currency") ?? "").ToUpperInvariant(), null), told.Time("created"),
                told.Time("available_on"), told.Text("status") == "available", 0);
        }
        catch (Exception broken) when (broken is FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Says that our books hold it; false when somebody had said so before.</summary>
    public Task<bool> Keep(Tx tx, DateTimeOffset now) =>
        GatewayMovements.Keep(tx, Id, Net, Currency.Code, AvailableOn, Available, now);

    private static string Storable(string text) => text.Length is > 0 and <= TextLengthMost && !text.Any(char.IsControl)
        ? text
        : throw new FormatException("A text of the gateway's is empty, too long, or has control characters.");
}
