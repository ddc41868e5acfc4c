using Tallystick.Core.Amounts;
using Tallystick.Server.Foundation;
using Tallystick.Server.Payments.Stripe;

namespace Tallystick.Server.Payments;

/// <summary>
/// Balance transactions of the gateway that stand in our books, kept until what they moved can be used. Whoever posts one
/// keeps it here in the same transaction: what the gateway tells of and is not here, is not booked.
/// </summary>
internal static class GatewayMovements
{
    /// <summary>Remembers one, says whether it is new here, and whether its money is available already.</summary>
    public static async Task<(bool IsNew, bool Available)> Keep(Tx tx, StripeObject movement, DateTimeOffset now)
    {
        var available = movement.Text("status") == "available";
        var isNew = await Keep(
            tx, movement.Id, movement.Long("net"), movement.Text("currency")!, movement.Time("available_on"), available, now);
        return (isNew, available);
    }

    /// <summary>The same of one that is known by its parts.</summary>
    public static async Task<bool> Keep(
        Tx tx, string id, long net, string currency, DateTimeOffset availableOn, bool available, DateTimeOffset now)
    {
        var added = await tx.Execute(
            """
            insert into payments.balance_transaction (id, net, currency, available_on, check_at, settled_at)
            values (@id, @net, upper(@currency), @availableOn, @availableOn, @SettledAt) on conflict (id) do nothing
            """,
            new { id, net, currency, availableOn, SettledAt = available ? now : (DateTimeOffset?)null });
        await tx.Execute(
            "update payments.movement set state = 'booked', result = 'booked' where id = @id and state <> 'booked'", new { id });
        return added == 1;
    }

    /// <summary>What the gateway has told of and our books do not hold: it explains a difference between both.</summary>
    public static Task<long> Unbooked(Tx tx, Currency currency) => tx.QueryOne<long>(
        "select coalesce(sum(net), 0)::bigint from payments.movement where state <> 'booked' and currency = @currency",
        new { currency });
}
